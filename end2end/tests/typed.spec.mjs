// A whole intake by typing, and what a hand does to it.
import { readFile } from "node:fs/promises";
import { accessible, expect, fitsItsWidth, nothingRuns, pictures, test } from "../fixtures.mjs";

/** The clinic's questions and a patient's answers. */
const CLINIC = [
  ["What is the patient's full name?", "Maria Lopez"],
  ["I have Maria Lopez.", "yes"],
  ["What is the date of birth?", "March third nineteen eighty"],
  ["March 3, 1980", "yes"],
  ["What phone number", "555 0199"],
  ["Is that right?", "yes"],
  ["Is this your first visit", "no"],
  ["What is the reason for your visit?", "A cough that does not go away."],
  ["Since when have you had this?", "For about two weeks."],
  ["How strong is the pain", "three"],
  ["How would you like to be seen?", "By video."],
];

test("a typed intake fills the form and ends complete", async ({ page, intake, signIn, provider }) => {
  test.setTimeout(120_000);
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "intake-prepare");

  await intake.startTyping();
  await intake.typeThrough(CLINIC.slice(0, 8));
  await intake.asks("Since when");
  await intake.holds("Patient's name", "Maria Lopez", "Confirmed");
  await intake.holds("Date of birth", "3 March 1980", "Confirmed");
  await intake.holds("First visit", "No", "Confirmed");
  await expect(page.getByText(/^5 of 11/)).toBeVisible();
  await expect(intake.field("Since when")).toContainText("Asking now");
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "intake-live");
  // What staff write meanwhile is not asked any more.
  await intake.write("Medicines", "None");
  await intake.write("Allergies", "Penicillin");
  await intake.write("Interpreter needed", "No");
  await intake.typeThrough(CLINIC.slice(8));

  await intake.hasStatus("complete");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await intake.holds("Kind of visit", "By video", "Confirmed");
  await intake.holds("Allergies", "Penicillin", "Edited");
  await expect(intake.review).toContainText("Everything needed was captured.");
  await expect(page.getByRole("region", { name: "Timeline" })).toContainText(/complete|finished/i);
  await accessible(page);

  // It is found in the list.
  await page.getByRole("link", { name: "All intakes" }).click();
  const row = page.locator("tbody").getByRole("row").first();
  await expect(row).toContainText("Pre-visit questions");
  await expect(row).toContainText(/complete/i);
});

test("a person's correction holds, and the assistant is told", async ({ intake, page, signIn, provider }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.typeThrough(CLINIC.slice(0, 2));
  await intake.asks("What is the date of birth?");
  await intake.holds("Patient's name", "Maria Lopez", "Confirmed");

  await intake.write("Patient's name", "Marie Lopes");
  await intake.holds("Patient's name", "Marie Lopes", "Edited");
  // What staff fill in is not asked for any more: after the date the phone would be next.
  await intake.write("Phone number", "555 0123");
  await intake.typeThrough([
    ["What is the date of birth?", "March third nineteen eighty"],
    ["March 3, 1980", "yes"],
  ]);
  await intake.asks("Is this your first visit");

  // A hand keeps what it wrote; what the assistant heard instead is shown beside it.
  await intake.type("Actually, my name is Mary Lopez.");
  await intake.holds("Patient's name", "Marie Lopes", "Conflicting");
  await expect(intake.field("Patient's name")).toContainText("The assistant heard Mary Lopez instead.");
  await expect(intake.captions).toContainText("Patient's name stays as entered by hand");
  await expect(intake.captions).not.toContainText("did not fit");
  await accessible(page);
  await pictures(page, "intake-conflict");
  await intake.field("Patient's name").getByRole("button", { name: "Keep this" }).click();
  await intake.holds("Patient's name", "Marie Lopes", "Edited");

  await intake.end("Abandon");
  await intake.hasStatus("abandoned");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await page.getByRole("button", { name: "Open again" }).click();
  await intake.hasStatus("open");
  await intake.holds("Patient's name", "Marie Lopes", "Edited");
});

test("an intake can be filled by hand alone and finished", async ({ intake, page, signIn, provider }) => {
  await signIn("staff");
  const calls = (await provider.ledger()).calls.length;
  await intake.open("Pre-visit questions");
  for (const [label, value] of [
    ["Patient's name", "Ann Lee"],
    ["Date of birth", "1980-03-03"],
    ["Phone number", "555 0142"],
    ["First visit", "Yes"],
    ["Reason for the visit", "A sore knee"],
    ["Since when", "Two weeks"],
    ["Pain from 0 to 10", "4"],
    ["Medicines", "None"],
    ["Allergies", "None"],
  ]) {
    await intake.write(label, value);
  }
  await page.getByRole("button", { name: "Review" }).click();
  await expect(page.getByText("Ready to finish")).toBeVisible();
  await accessible(page);
  await pictures(page, "review-ready");
  await page.getByRole("button", { name: "Finish" }).click();
  await intake.hasStatus("complete");
  expect((await provider.ledger()).calls.length, "no call was made").toBe(calls);

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "JSON" }).click()]);
  const json = JSON.parse(await readFile(await download.path(), "utf8"));
  expect(JSON.stringify(json)).toContain("Ann Lee");
});

test("an answer that does not fit is refused where it is typed", async ({ intake, page, signIn }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  // A number is grouped to be read; what is edited is the number as it is stored.
  await intake.write("Phone number", "(555) 014-2277");
  const field = intake.field("Phone number");
  await expect(field.locator(".value")).toContainText("555 014 2277");
  await field.locator(".value-button").click();
  await expect(field.getByRole("textbox")).toHaveValue("5550142277");
  await field.getByRole("textbox").fill("not a number");
  await field.getByRole("button", { name: "Save" }).click();
  await expect(field.getByRole("alert")).toHaveText(/\S/);
  await accessible(page);
  await pictures(page, "field-refused");
  await field.getByRole("textbox").press("Escape");
  await expect(field.getByRole("textbox")).toHaveCount(0);
});

test("an emergency ends the questions and asks for a person", async ({ intake, page, signIn, provider }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.greets();
  await intake.type("I have chest pain");
  await intake.hasStatus("attention");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await expect(intake.review).toContainText("Why it was escalated");
  await pictures(page, "review-emergency");
});

test("staff escalate with a reason, and it is shown to those who take over", async ({ intake, page, signIn, provider }) => {
  await signIn("staff");
  await intake.open("New client");
  await intake.startTyping();
  await intake.greets();
  await intake.end("Escalate");
  const dialog = page.getByRole("dialog", { name: "Escalate this intake" });
  await expect(dialog.getByRole("textbox")).toBeFocused();
  await accessible(page);
  await pictures(page, "escalate-dialog");
  await dialog.getByRole("textbox").fill("Wants a lawyer who speaks Spanish.");
  await dialog.getByRole("button", { name: "Escalate", exact: true }).click();
  await intake.hasStatus("attention");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await page.goto("/");
  await page.getByRole("region", { name: "Needs attention" }).getByRole("link", { name: "New client" }).first().click();
  await expect(page.getByText("Wants a lawyer who speaks Spanish.")).toBeVisible();
});
