//! The code that puts the groups claim into tokens: an action for the trigger `post-login`.

use super::mark::{Mark, text};

/// The code of the action for the claim of that name. It leaves the tokens of other applications alone, so that several
/// environments, and whoever else, can share a tenant.
pub(super) fn groups_action(mark: &Mark, claim: &str) -> String {
    let (comment, condition, claim) = (mark.comment(), mark.condition(), text(claim));
    format!(
        "{comment}
// Written by `render identity apply`: what is edited here is lost with the next one.
const claim = {claim};

exports.onExecutePostLogin = async (event, api) => {{
  const metadata = (event.client && event.client.metadata) || {{}};
  if (!({condition})) {{
    return;
  }}
  const groups = (event.authorization && event.authorization.roles) || [];
  api.idToken.setCustomClaim(claim, groups);
  api.accessToken.setCustomClaim(claim, groups);
}};
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_marked_and_names_the_claim_as_a_text() {
        let mark = Mark::new("example", "dev");
        let code = groups_action(&mark, "https://example.com/\"; evil(); \"");
        assert!(mark.begins(&code), "{code}");
        assert!(code.contains(r#"const claim = "https://example.com/\"; evil(); \"";"#), "{code}");
        assert!(
            code.contains(r#"metadata["managed-by"] === "supercargo" && metadata["environment"] === "dev""#),
            "{code}"
        );
    }
}
