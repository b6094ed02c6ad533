//! How answers are read: objects below their key, pages of lists, and what is said where something did not work.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::http::{self, Response, StatusError};

/// How many characters of an error's text a message shows.
const MESSAGE: usize = 500;

/// A page of a list.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) objects: Vec<T>,
    /// Whether the API names no next page.
    pub(super) is_last: bool,
}

/// Reads what is null like what is missing: by its default.
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// Reads a text that is missing, null or empty as none.
pub(super) fn filled<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

/// The object below `key`.
pub(super) fn one<T: DeserializeOwned>(response: &Response, key: &str) -> Result<T, http::Error> {
    let mut all = response.json()?;
    let Some(object) = all.get_mut(key).map(Value::take) else {
        return Err(response.malformed(format!("it has no `{key}`")));
    };
    typed(response, object)
}

/// What a whole answer says.
pub(super) fn whole<T: DeserializeOwned>(response: &Response) -> Result<T, http::Error> {
    typed(response, response.json()?)
}

/// The objects below `key`, and whether more follow.
pub(super) fn page<T: DeserializeOwned>(response: &Response, key: &str) -> Result<Page<T>, http::Error> {
    let mut all = response.json()?;
    let is_last = all.pointer("/links/pages/next").and_then(Value::as_str).is_none_or(str::is_empty);
    let objects = match all.get_mut(key).map(Value::take) {
        Some(Value::Null) => Vec::new(),
        Some(objects) => typed(response, objects)?,
        None if all.is_object() && all.get("meta").is_some() => Vec::new(),
        None => return Err(response.malformed(format!("it has no `{key}`"))),
    };
    Ok(Page { objects, is_last })
}

fn typed<T: DeserializeOwned>(response: &Response, value: Value) -> Result<T, http::Error> {
    serde_json::from_value(value).map_err(|error| response.malformed(format!("its body is another one: {error}")))
}

/// What the API says where something did not work. There are two shapes of it.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default, deserialize_with = "filled")]
    message: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    request_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    error: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    root_causes: Vec<String>,
}

/// The answer if it worked, else the error with the API's own words.
pub(super) fn success(response: Response) -> Result<Response, http::Error> {
    if response.is_success() {
        return Ok(response);
    }
    let said: Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
    let plain = match response.success() {
        Ok(response) => return Ok(response),
        Err(http::Error::Status(plain)) => *plain,
        Err(error) => return Err(error),
    };
    let causes = said.error.into_iter().chain(said.root_causes).collect::<Vec<_>>().join(": ");
    let message = said.message.or_else(|| (!causes.is_empty()).then_some(causes));
    let excerpt = message.map(|text| on_one_line(&text)).or(plain.excerpt);
    let request_id = plain.request_id.or(said.request_id);
    Err(http::Error::Status(Box::new(StatusError { excerpt, request_id, ..plain })))
}

fn on_one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(MESSAGE).collect()
}
