//! What the environment variables decide.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The variables, read and checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `HOST` and `PORT`: where to listen. Default: port 8080 of all IPv4 addresses.
    pub(crate) address: SocketAddr,
    /// `COMMIT`: what the image was built from. Default: `unknown`.
    pub(crate) commit: String,
}

impl Settings {
    /// From variables by their name. The message of an error names the variable.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        // A variable without a value is like none: that is what a build argument that was left out gives.
        let variable = |name: &str| variable(name).filter(|text| !text.is_empty());
        let host = match variable("HOST") {
            Some(text) => {
                text.parse().map_err(|_| format!("HOST is `{text}`; set an IP address, such as 127.0.0.1"))?
            }
            None => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        };
        let port = match variable("PORT") {
            Some(text) => text.parse().map_err(|_| format!("PORT is `{text}`; set a number from 0 to 65535"))?,
            None => 8080,
        };
        let commit = variable("COMMIT").unwrap_or_else(|| "unknown".to_owned());
        // It is shown in HTML and in metrics, where other characters would mean something.
        if commit.len() > 64 || !commit.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
            return Err(format!(
                "COMMIT is `{commit}`; set a commit's id, or a name of letters, digits, `-`, `.` and `_`"
            ));
        }
        Ok(Self { address: SocketAddr::new(host, port), commit })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn defaults_stand_in_for_what_is_not_set() {
        let expected = Settings { address: ([0, 0, 0, 0], 8080).into(), commit: "unknown".to_owned() };
        assert_eq!(read(&[]), Ok(expected));
        assert_eq!(read(&[("HOST", ""), ("PORT", ""), ("COMMIT", "")]), read(&[]));
    }

    #[test]
    fn what_is_set_counts() {
        let expected = Settings { address: "[::1]:9000".parse().unwrap(), commit: "0a1b2c3".to_owned() };
        assert_eq!(read(&[("HOST", "::1"), ("PORT", "9000"), ("COMMIT", "0a1b2c3")]), Ok(expected));
    }

    #[test]
    fn what_cannot_be_right_is_refused_by_name() {
        for (name, value) in [("HOST", "localhost"), ("PORT", "http"), ("PORT", "65536"), ("COMMIT", "<b>")] {
            let message = read(&[(name, value)]).unwrap_err();
            assert!(message.starts_with(&format!("{name} is `{value}`; set ")), "{message}");
        }
    }
}
