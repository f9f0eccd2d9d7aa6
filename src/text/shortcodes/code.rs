//! Where a text holds code, in which shortcodes are samples.

use std::collections::{HashMap, HashSet};

/// Bytes that `pre` and `code` elements cover.
pub(super) fn html_code(text: &str) -> Vec<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let mut ranges = Vec::new();
    let mut at = 0;
    let mut ends: HashSet<&str> = HashSet::new();
    while let Some(found) = lower[at..].find('<') {
        let start = at + found;
        at = start + 1;
        for (open, close) in [("<pre", "</pre"), ("<code", "</code"), ("<textarea", "</textarea")] {
            let tag = lower[start..].strip_prefix(open);
            if !tag.is_some_and(|tag| tag.starts_with(['>', ' ', '\n'])) || ends.contains(close) {
                continue;
            }
            let Some(length) = lower[start..].find(close) else {
                ends.insert(close);
                continue;
            };
            ranges.push((start, start + length));
            at = start + length;
        }
    }
    ranges
}

/// Bytes that fences and backtick spans cover.
pub(super) fn markdown_code(text: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut fence: Option<(char, usize, usize)> = None;
    let mut paragraph = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches([' ', '\t', '>']).trim_end();
        let mark = bare.chars().next().filter(|mark| matches!(mark, '`' | '~'));
        let run = mark.map_or(0, |mark| bare.len() - bare.trim_start_matches(mark).len());
        match (fence, mark) {
            (Some((open, length, start)), mark)
                if mark == Some(open) && run >= length && bare.len() == run =>
            {
                ranges.push((start, at + line.len()));
                fence = None;
                paragraph = at + line.len();
            }
            (None, Some(mark)) if run >= 3 && (mark == '~' || !bare[run..].contains('`')) => {
                spans(text, paragraph, at, &mut ranges);
                fence = Some((mark, run, at));
            }
            (None, _) if bare.is_empty() => {
                spans(text, paragraph, at, &mut ranges);
                paragraph = at + line.len();
            }
            _ => {}
        }
        at += line.len();
    }
    match fence {
        Some((_, _, start)) => ranges.push((start, text.len())),
        None => spans(text, paragraph, text.len(), &mut ranges),
    }
    ranges
}

/// Backtick spans of one paragraph: a run of backticks up to the next of the same length.
fn spans(text: &str, start: usize, end: usize, ranges: &mut Vec<(usize, usize)>) {
    if !text[start..end].contains('`') {
        return;
    }
    let bytes = text.as_bytes();
    let mut runs = Vec::new();
    let mut at = start;
    while at < end {
        let from = at;
        while at < end && bytes[at] == b'`' {
            at += 1;
        }
        if at > from {
            let escaped = from > start && bytes[from - 1] == b'\\';
            runs.push((from, at - from, escaped));
        } else {
            at += 1;
        }
    }
    // For each run, the next of its length.
    let mut next = vec![None; runs.len()];
    let mut latest: HashMap<usize, usize> = HashMap::new();
    for index in (0..runs.len()).rev() {
        next[index] = latest.insert(runs[index].1, index);
    }
    let mut index = 0;
    while index < runs.len() {
        match next[index].filter(|_| !runs[index].2) {
            Some(close) => {
                ranges.push((runs[index].0, runs[close].0 + runs[close].1));
                index = close + 1;
            }
            None => index += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_text() {
        let text = "a `b` ``c ` d`` e\n\n```x\n`f\n```\ng ` h\n\ni ` j";
        let code: Vec<_> = markdown_code(text).into_iter().map(|(a, b)| &text[a..b]).collect();
        assert_eq!(code, ["`b`", "``c ` d``", "```x\n`f\n```\n"]);
        let text = "<p>a</p><PRE>b</PRE><code class='x'>c</code><prex>d";
        let code: Vec<_> = html_code(text).into_iter().map(|(a, b)| &text[a..b]).collect();
        assert_eq!(code, ["<PRE>b", "<code class='x'>c"]);
    }
}
