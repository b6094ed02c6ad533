//! PEM, the text form of keys and certificates: several blocks in one file, with any text between them.

use x509_cert::der::pem;
use zeroize::Zeroizing;

/// One block. Its content may be a private key, so it is wiped.
pub(super) struct Block<'t> {
    pub(super) label: &'t str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Every block of `text`; what is wrong with the first that can't be read, otherwise.
pub(super) fn blocks(text: &[u8]) -> Result<Vec<Block<'_>>, String> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(begin) = find(rest, BEGIN) {
        let block = &rest[begin..];
        let end = find(block, END).map(|end| end + END.len());
        let end = end.and_then(|end| Some(end + find(&block[end..], DASHES)? + DASHES.len()));
        let end = end.ok_or("a block has no end: it is cut off")?;
        let (label, der) = pem::decode_vec(&block[..end]).map_err(|error| {
            let encrypted = find(&block[..end], b"ENCRYPTED").map(|_| ": it is encrypted");
            format!("a block is no PEM that can be read{}", encrypted.map_or(format!(": {error}"), str::to_owned))
        })?;
        blocks.push(Block { label, der: Zeroizing::new(der) });
        rest = &block[end..];
    }
    Ok(blocks)
}

/// One block, with lines as long as every tool writes them.
pub(super) fn encode(label: &str, der: &[u8]) -> Result<Zeroizing<String>, x509_cert::der::Error> {
    Ok(Zeroizing::new(pem::encode_string(label, pem::LineEnding::LF, der)?))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_several_blocks_and_text_between_them() {
        let one = encode("CERTIFICATE", &[1; 100]).unwrap();
        let two = encode("PRIVATE KEY", &[2]).unwrap();
        let text = format!("# note\n{}\nsubject=x\r\n{}", *one, two.replace('\n', "\r\n"));
        let blocks = blocks(text.as_bytes()).unwrap();
        let found: Vec<_> = blocks.iter().map(|block| (block.label, block.der.len())).collect();
        assert_eq!(found, [("CERTIFICATE", 100), ("PRIVATE KEY", 1)]);
    }

    #[test]
    fn what_can_not_be_read_is_refused() {
        for (text, problem) in [
            ("-----BEGIN CERTIFICATE-----\nAAAA\n", "cut off"),
            ("-----BEGIN CERTIFICATE-----\nA*AA\n-----END CERTIFICATE-----\n", "no PEM"),
            ("-----BEGIN A-----\nAAAA\n-----END B-----\n", "no PEM"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----",
                "encrypted",
            ),
        ] {
            let found = blocks(text.as_bytes()).err().unwrap();
            assert!(found.contains(problem), "{found}");
        }
        assert!(blocks(b"nothing").unwrap().is_empty());
    }
}
