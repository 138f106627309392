//! Values on their way to and from the database: sensitive ones are sealed (requirement A67).

use crate::{Error, Parts};
use domain::{
    FieldKey, IntakeId, Private, SessionId,
    call::CallConfiguration,
    intake::FieldEntry,
    workflow::{FieldDefinition, WorkflowDefinition},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{AtRest, StoredField};

/// What a sealed value is bound to: moved to another row, it does not open.
fn field_context(intake: &IntakeId, key: &FieldKey) -> String {
    format!("intake_fields/value/{intake}/{key}")
}

fn reason_context(intake: &IntakeId) -> String {
    format!("intakes/reason/{intake}")
}

/// What is needed to drive a call: as long as its session runs, and no longer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pinned {
    /// The configuration it is held to.
    pub(crate) configuration: CallConfiguration,
    /// The secret it was made with, where the browser made it: some providers let only that control it.
    #[serde(with = "opened")]
    pub(crate) minted: Option<Private<String>>,
}

/// A secret inside of what is sealed as a whole.
mod opened {
    use domain::Private;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        secret: &Option<Private<String>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        #[expect(clippy::disallowed_methods, reason = "sealed with what holds it")]
        let secret = secret.as_ref().map(|secret| secret.expose());
        secret.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Private<String>>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Private::new))
    }
}

fn pinned_context(session: &SessionId) -> String {
    format!("sessions/pinned/{session}")
}

impl Parts {
    /// What a call is held to, sealed: it holds what the form held.
    pub(crate) fn pinned_at_rest(
        &self,
        session: &SessionId,
        pinned: &Pinned,
    ) -> Result<String, Error> {
        let json = serde_json::to_string(pinned).map_err(|_| Error::Sealing)?;
        self.keys
            .seal(&Private::new(json), &pinned_context(session))
            .map_err(|_| Error::Sealing)
    }

    /// What a call is held to, opened.
    pub(crate) fn open_pinned(&self, session: &SessionId, sealed: &str) -> Result<Pinned, Error> {
        let json = self
            .keys
            .open(sealed, &pinned_context(session))
            .map_err(|_| Error::Sealing)?;
        #[expect(clippy::disallowed_methods, reason = "the call goes on with it")]
        let json = json.expose();
        serde_json::from_str(json).map_err(|_| Error::Inconsistent("a call's configuration"))
    }

    /// A field's value as it is stored.
    pub(crate) fn field_at_rest(
        &self,
        intake: &IntakeId,
        field: &FieldDefinition,
        value: &Private<String>,
    ) -> Result<AtRest, Error> {
        if !field.sensitive {
            return Ok(AtRest::Plain(value.clone()));
        }
        let sealed = self
            .keys
            .seal(value, &field_context(intake, &field.key))
            .map_err(|_| Error::Sealing)?;
        Ok(AtRest::Sealed(sealed))
    }

    /// A stored value, opened.
    pub(crate) fn open_field(
        &self,
        intake: &IntakeId,
        key: &FieldKey,
        at_rest: &AtRest,
    ) -> Result<Private<String>, Error> {
        match at_rest {
            AtRest::Plain(value) => Ok(value.clone()),
            AtRest::Sealed(sealed) => self
                .keys
                .open(sealed, &field_context(intake, key))
                .map_err(|_| Error::Sealing),
        }
    }

    /// Why an intake was escalated, sealed: it holds words about a person.
    pub(crate) fn reason_at_rest(
        &self,
        intake: &IntakeId,
        reason: &Private<String>,
    ) -> Result<AtRest, Error> {
        self.keys
            .seal(reason, &reason_context(intake))
            .map(AtRest::Sealed)
            .map_err(|_| Error::Sealing)
    }

    /// Why an intake was escalated, opened.
    pub(crate) fn open_reason(
        &self,
        intake: &IntakeId,
        at_rest: &AtRest,
    ) -> Result<Private<String>, Error> {
        match at_rest {
            AtRest::Plain(reason) => Ok(reason.clone()),
            AtRest::Sealed(sealed) => self
                .keys
                .open(sealed, &reason_context(intake))
                .map_err(|_| Error::Sealing),
        }
    }

    /// Stored fields, opened; those that the definition does not know are left out.
    pub(crate) fn open_fields(
        &self,
        intake: &IntakeId,
        definition: &WorkflowDefinition,
        stored: &[StoredField],
    ) -> Result<BTreeMap<FieldKey, FieldEntry>, Error> {
        stored
            .iter()
            .filter(|field| definition.field(&field.key).is_some())
            .map(|field| {
                let open = |at_rest: &AtRest| self.open_field(intake, &field.key, at_rest);
                let entry = FieldEntry {
                    key: field.key.clone(),
                    value: open(&field.value)?,
                    state: field.state,
                    set_by: field.set_by.clone(),
                    evidence: field.evidence.clone(),
                    heard_instead: field.heard_instead.as_ref().map(open).transpose()?,
                    revision: field.revision,
                    at: field.at,
                };
                Ok((field.key.clone(), entry))
            })
            .collect()
    }
}
