//! Lists, which come in pages of two kinds: by number, and by a mark that the page before gives.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Api, Error, Request, Response, read};

/// How many items are asked for at once: the most that is documented for the public cloud.
pub(super) const SIZE: usize = 50;

/// How many pages are read: a server that always has one more would never end.
const PAGES: usize = 200;

/// The parameters of page number `number`, the first of which is 0.
pub(super) fn numbered(number: usize) -> [(&'static str, String); 2] {
    [("page", number.to_string()), ("per_page", SIZE.to_string())]
}

/// The same of a list that tells its total only where it is asked to. The others refuse a parameter that they do not
/// know.
pub(super) fn counted(number: usize) -> Vec<(&'static str, String)> {
    let total = ("include_totals", "true".to_owned());
    numbered(number).into_iter().chain(std::iter::once(total)).collect()
}

/// The parameters of the page behind the mark `from`.
pub(super) fn marked(from: Option<&str>) -> Vec<(&'static str, String)> {
    let from = from.map(|from| ("from", from.to_owned()));
    std::iter::once(("take", SIZE.to_string())).chain(from).collect()
}

/// Parameters as an address takes them.
pub(super) fn borrowed<'q>(query: &'q [(&'static str, String)]) -> Vec<(&'static str, &'q str)> {
    query.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// One page.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// How many there are on all pages.
    pub(super) total: Option<usize>,
    /// The mark of the next page.
    pub(super) next: Option<String>,
}

/// A page of items under `key`; a list without anything around it counts as a page too.
pub(super) fn read_page<T: DeserializeOwned>(response: &Response, key: &str) -> Result<Page<T>, Error> {
    let body: Value = read(response)?;
    let total = body.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
    let next = body.get("next").and_then(Value::as_str).filter(|next| !next.is_empty()).map(str::to_owned);
    let list = match body {
        Value::Array(list) => Some(list),
        Value::Object(mut body) => match body.remove(key) {
            Some(Value::Array(list)) => Some(list),
            _ => None,
        },
        _ => None,
    };
    let list = list.ok_or_else(|| response.malformed(format!("it has no list of {key}")))?;
    let mut items = Vec::with_capacity(list.len());
    for (number, item) in list.into_iter().enumerate() {
        // Without the reason, which may quote the item.
        let unfit = |_| response.malformed(format!("number {} of its {key} is not what was expected", number + 1));
        items.push(serde_json::from_value(item).map_err(unfit)?);
    }
    Ok(Page { items, total, next })
}

impl Api<'_> {
    /// Every item of a list that is asked for by numbers.
    pub(super) fn all_numbered<T: DeserializeOwned>(
        &self,
        key: &str,
        request: impl Fn(usize) -> Request,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        for number in 0..PAGES {
            let page = self.ask(&request(number), |response| read_page(response, key))?;
            let count = page.items.len();
            all.extend(page.items);
            // A server may give fewer than were asked for, and then says how many there are.
            let is_last = page.total.map_or(count < SIZE, |total| all.len() >= total);
            if count == 0 || is_last {
                return Ok(all);
            }
        }
        Err(endless(&request(PAGES), key))
    }

    /// Every item of a list that is asked for by marks.
    pub(super) fn all_marked<T: DeserializeOwned>(
        &self,
        key: &str,
        request: impl Fn(Option<&str>) -> Request,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        let mut from: Option<String> = None;
        for _ in 0..PAGES {
            let page = self.ask(&request(from.as_deref()), |response| read_page(response, key))?;
            all.extend(page.items);
            if page.next.is_none() || page.next == from {
                return Ok(all);
            }
            from = page.next;
        }
        Err(endless(&request(None), key))
    }
}

fn endless(request: &Request, key: &str) -> Error {
    let problem = format!("its list of {key} has more than {PAGES} pages");
    crate::http::Error::Malformed { method: request.method, url: request.url.clone(), problem }.into()
}
