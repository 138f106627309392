
// Added by `cargo xtask run --dev`: loads the page again once the rebuilt server is up.
{
  let built;
  setInterval(async () => {
    const answer = await fetch("/dev-build.txt", { cache: "no-store" }).catch(() => undefined);
    if (!answer?.ok) return; // being rebuilt
    const now = await answer.text();
    if (built !== undefined && now !== built) location.reload();
    built = now;
  }, 700);
}
