//! Every choice an operator can make, and the words for those that cannot be.

use super::*;
use crate::config::{Command, CommandLine};
use clap::Parser;
use realtime::Provider;
use runtime::Clock;

const KEY: &str = "--provider-key=sk-canary-4711";

fn choose(flags: &[&str]) -> anyhow::Result<Option<ProviderProfile>> {
    let line = [["vestibule", "serve"].as_slice(), flags].concat();
    match CommandLine::try_parse_from(line).unwrap().command {
        Command::Serve(serve) => chosen(&serve.provider),
        other => panic!("{other:?}"),
    }
}

/// What the operator reads, from the choice and from the check of the profile.
fn refused(flags: &[&str]) -> String {
    match choose(flags) {
        Err(error) => format!("{error:#}"),
        Ok(profile) => Provider::new(profile.expect("a provider"), Clock::system())
            .expect_err("refused")
            .to_string(),
    }
}

#[test]
fn without_a_choice_it_is_the_rehearsal() {
    assert!(choose(&[]).unwrap().is_none());
    assert!(choose(&["--provider-model=m"]).unwrap().is_none());
}

#[test]
fn each_kind_has_its_address_its_models_and_nothing_it_was_not_given() {
    let check = |flags: &[&str], kind: ProviderKind, url: &str, models: [&str; 2]| {
        let flags = [flags, &[KEY]].concat();
        let profile = choose(&flags).unwrap().unwrap();
        assert_eq!((profile.kind, profile.base_url.as_str()), (kind, url));
        assert_eq!(
            [profile.model.as_str(), profile.transcription_model.as_str()],
            models
        );
        // Whether an offer without a data channel is taken is not known of any of them.
        assert!(!profile.sealed && !profile.rehearsal);
        assert!(url.ends_with(&profile.name), "{}", profile.name);
        Provider::new(profile, Clock::system()).unwrap();
        let sealed = choose(&[flags.as_slice(), &["--provider-sealed"]].concat());
        assert!(sealed.unwrap().unwrap().sealed, "the operator tried it");
    };
    let usual = [MODEL, TRANSCRIPTION_MODEL];
    let openai = "https://api.openai.com/v1";
    let europe = "https://eu.api.openai.com/v1";
    check(
        &["--provider-kind=openai"],
        ProviderKind::OpenAi,
        openai,
        usual,
    );
    check(
        &["--provider-kind=openai-eu"],
        ProviderKind::OpenAiEu,
        europe,
        usual,
    );
    let azure = "https://intake.openai.azure.com/openai/v1";
    let deployments = ["--provider-model=voice", "--transcription-model=words"];
    check(
        &[
            &[
                "--provider-kind=azure",
                "--provider-url=https://intake.openai.azure.com/openai/v1",
            ],
            deployments.as_slice(),
        ]
        .concat(),
        ProviderKind::Azure,
        azure,
        ["voice", "words"],
    );
    // An address tells its kind.
    check(
        &["--provider-url=https://api.openai.com/v1"],
        ProviderKind::OpenAi,
        openai,
        usual,
    );
    check(
        &["--provider-url=https://eu.api.openai.com/v1"],
        ProviderKind::OpenAiEu,
        europe,
        usual,
    );
    check(
        &[
            &["--provider-url=https://intake.openai.azure.com/openai/v1"],
            deployments.as_slice(),
        ]
        .concat(),
        ProviderKind::Azure,
        azure,
        ["voice", "words"],
    );
    check(
        &[
            "--provider-url=http://127.0.0.1:4000/v1",
            "--provider-model=mine",
        ],
        ProviderKind::Compatible,
        "http://127.0.0.1:4000/v1",
        ["mine", TRANSCRIPTION_MODEL],
    );
    // A gateway of the operator's own in front of OpenAI.
    check(
        &[
            "--provider-kind=openai-eu",
            "--provider-url=https://gateway.example/v1",
        ],
        ProviderKind::OpenAiEu,
        "https://gateway.example/v1",
        usual,
    );
}

#[test]
fn a_choice_that_cannot_be_is_refused_in_words_that_say_what_to_set() {
    let check = |flags: &[&str], words: &str| {
        let said = refused(flags);
        assert!(said.contains(words), "{flags:?}: {said}");
        assert!(!said.contains("4711"), "{said}");
    };
    check(
        &[KEY],
        "set VESTIBULE_PROVIDER_KIND or VESTIBULE_PROVIDER_URL",
    );
    check(
        &["--provider-key-file=/nowhere"],
        "set VESTIBULE_PROVIDER_KIND",
    );
    check(
        &["--provider-kind=openai"],
        "set VESTIBULE_PROVIDER_KEY_FILE",
    );
    check(
        &["--provider-kind=openai", "--provider-key="],
        "key is empty",
    );
    check(
        &["--provider-kind=openai", "--provider-key-file=/nowhere"],
        "/nowhere cannot be read",
    );
    check(
        &["--provider-kind=azure", KEY],
        "set VESTIBULE_PROVIDER_URL to https://NAME.openai.azure.com/openai/v1",
    );
    check(
        &["--provider-kind=compatible", KEY],
        "set VESTIBULE_PROVIDER_URL",
    );
    let azure = "--provider-url=https://intake.openai.azure.com/openai/v1";
    check(
        &["--provider-kind=azure", azure, KEY],
        "the name of its deployment",
    );
    check(
        &[azure, "--provider-model=voice", KEY],
        "VESTIBULE_TRANSCRIPTION_MODEL",
    );
    check(
        &[
            "--provider-kind=azure",
            "--provider-url=https://intake.openai.azure.com",
            "--provider-model=voice",
            "--transcription-model=words",
            KEY,
        ],
        "must end in /openai/v1",
    );
    check(
        &["--provider-url=https://api.openai.com", KEY],
        "must end in /v1",
    );
    // Europe's key is not sent to the other host, nor the other way round.
    check(
        &[
            "--provider-kind=openai-eu",
            "--provider-url=https://api.openai.com/v1",
            KEY,
        ],
        "another kind of provider",
    );
    check(
        &[
            "--provider-kind=openai",
            "--provider-url=https://eu.api.openai.com/v1",
            KEY,
        ],
        "another kind of provider",
    );
    check(
        &["--provider-kind=compatible", azure, KEY],
        "another kind of provider",
    );
    check(
        &["--provider-url=http://provider.example/v1", KEY],
        "must begin with https",
    );
    check(
        &["--provider-url=https://me:pass@provider.example/v1", KEY],
        "nothing more",
    );
}

#[test]
fn a_kind_that_is_none_is_told_which_there_are() {
    let line = ["vestibule", "serve", "--provider-kind=other"];
    let said = CommandLine::try_parse_from(line).unwrap_err().to_string();
    for kind in ["openai", "openai-eu", "azure", "compatible"] {
        assert!(said.contains(kind), "{said}");
    }
}
