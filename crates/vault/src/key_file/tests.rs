//! Where a key may lie and who may read it.

use crate::{KeyError, KeyRing};
use std::{fs, path::Path};

fn folders() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let (data, keys) = (root.path().join("data"), root.path().join("keys"));
    fs::create_dir(&data).unwrap();
    fs::create_dir(&keys).unwrap();
    (root, data, keys)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

#[test]
fn a_missing_key_is_made_once_and_found_again() {
    let (_root, data, keys) = folders();
    let path = keys.join("key");
    let made = KeyRing::load_or_create(&path, &data).unwrap();
    let found = KeyRing::load_or_create(&path, &data).unwrap();
    assert_eq!(made.check(), found.check());
    assert_eq!(made.check(), KeyRing::load(&path).unwrap().check());
    let other = KeyRing::load_or_create(&keys.join("other"), &data).unwrap();
    assert_ne!(made.check(), other.check());
}

#[cfg(unix)]
#[test]
fn a_new_key_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_root, data, keys) = folders();
    let path = keys.join("key");
    KeyRing::load_or_create(&path, &data).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o600
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused() {
    let (_root, data, keys) = folders();
    let path = keys.join("key");
    KeyRing::load_or_create(&path, &data).unwrap();
    for mode in [0o640, 0o604, 0o644, 0o660, 0o666, 0o700, 0o400] {
        set_mode(&path, mode);
        let refused = KeyRing::load_or_create(&path, &data);
        assert!(
            matches!(&refused, Err(KeyError::Mode { mode: found, .. }) if *found == mode),
            "{mode:o} {refused:?}"
        );
    }
    set_mode(&path, 0o600);
    assert!(KeyRing::load_or_create(&path, &data).is_ok());
}

#[test]
fn a_key_inside_the_data_folder_is_refused() {
    let (root, data, keys) = folders();
    fs::create_dir(data.join("deep")).unwrap();
    let inside = [
        data.join("key"),
        data.join("deep/key"),
        data.join("not-there-yet/key"),
        keys.join("../data/key"),
        data.join("../data/./key"),
        data.clone(),
    ];
    for path in inside {
        let refused = KeyRing::load_or_create(&path, &data);
        assert!(
            matches!(refused, Err(KeyError::InsideDataFolder { .. })),
            "{path:?} {refused:?}"
        );
    }
    // A data folder that will only be made later counts as well.
    let later = root.path().join("later");
    let refused = KeyRing::load_or_create(&later.join("key"), &later);
    assert!(
        matches!(refused, Err(KeyError::InsideDataFolder { .. })),
        "{refused:?}"
    );
    // A sibling whose name begins alike is outside.
    let sibling = root.path().join("data-keys");
    fs::create_dir(&sibling).unwrap();
    assert!(KeyRing::load_or_create(&sibling.join("key"), &data).is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_into_the_data_folder_is_refused() {
    let (_root, data, keys) = folders();
    let real = data.join("key");
    fs::write(&real, "ab".repeat(32)).unwrap();
    set_mode(&real, 0o600);
    std::os::unix::fs::symlink(&real, keys.join("link")).unwrap();
    std::os::unix::fs::symlink(&data, keys.join("folder")).unwrap();
    for path in [
        keys.join("link"),
        keys.join("folder/key"),
        keys.join("folder/new"),
    ] {
        let refused = KeyRing::load_or_create(&path, &data);
        assert!(
            matches!(refused, Err(KeyError::InsideDataFolder { .. })),
            "{path:?} {refused:?}"
        );
    }
}

#[test]
fn a_folder_a_missing_file_and_a_wrong_text_are_refused() {
    let (_root, data, keys) = folders();
    assert!(matches!(
        KeyRing::load_or_create(&keys, &data),
        Err(KeyError::NotAFile { .. })
    ));
    assert!(matches!(
        KeyRing::load(&keys.join("none")),
        Err(KeyError::Missing { .. })
    ));
    let path = keys.join("key");
    for text in [
        "",
        "\n",
        "abcd",
        &"ab".repeat(31),
        &"ab".repeat(33),
        &"zz".repeat(32),
        &"é".repeat(32),
        &"a".repeat(9000),
    ] {
        fs::write(&path, text).unwrap();
        set_mode(&path, 0o600);
        assert!(
            matches!(KeyRing::load_or_create(&path, &data), Err(KeyError::Form)),
            "{text:?}"
        );
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            text,
            "an unreadable key is never overwritten"
        );
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(KeyRing::load(&path), Err(KeyError::Form)));
}

#[test]
fn messages_name_the_path_and_never_the_key() {
    let (_root, data, keys) = folders();
    let path = keys.join("key");
    let canary = "c0ffee".repeat(10);
    fs::write(&path, &canary).unwrap();
    set_mode(&path, 0o600);
    let error = KeyRing::load_or_create(&path, &data).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("c0ffee"));
    let error = KeyRing::load(&keys.join("none")).unwrap_err();
    assert!(error.to_string().contains("none"));
}
