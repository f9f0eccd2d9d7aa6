//! The pictures of an export, by the number under which posts refer to them.
//!
//! # Limits
//! - Those that never were uploaded to the site stand in no export.

use std::{collections::HashMap, io::BufRead};

use super::{
    export::{ExportError, check_head},
    fields::{Field, read_fields},
    items::{Items, Kind},
};
use crate::{story::Image, text::plain_text};

/// What is known of an uploaded picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Address of the file.
    pub url: String,
    /// What the picture shows.
    pub alt: Option<String>,
    /// The text beneath it, plain.
    pub caption: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
}

impl Attachment {
    pub(super) fn image(&self) -> Image {
        Image {
            url: self.url.clone(),
            alt: self.alt.clone(),
            caption: self.caption.clone(),
            width: self.width,
            height: self.height,
            ..Image::default()
        }
    }
}

/// Uploaded pictures by the number of their post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachments(HashMap<u64, Attachment>);

impl Attachments {
    /// The one with that number.
    pub fn find(&self, id: u64) -> Option<&Attachment> {
        self.0.get(&id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Collects the pictures of an export: they may stand behind the posts that show them, so the file
/// is read for them first.
///
/// # Errors
/// A file that can't be read, or is no export. What stands before a break is collected.
pub fn attachments(reader: impl BufRead) -> Result<Attachments, ExportError> {
    let mut items = Items::new(reader);
    let mut found = HashMap::new();
    while let Some(piece) = items.next()? {
        match piece.kind {
            Kind::Head => check_head(&piece.text)?,
            // A tree is made of those items alone that need one.
            Kind::Item if piece.text.contains("attachment") => {
                if let Ok(item) = read_fields(&piece.text)
                    && let Some((id, attachment)) = attachment(&item)
                {
                    found.insert(id, attachment);
                }
            }
            Kind::Item | Kind::Broken | Kind::TooLarge | Kind::Cut => {}
        }
    }
    Ok(Attachments(found))
}

fn attachment(item: &Field) -> Option<(u64, Attachment)> {
    if item.text_of("wp:post_type") != Some("attachment") {
        return None;
    }
    let id = item.text_of("wp:post_id")?.parse().ok()?;
    let url = item.text_of("wp:attachment_url").or_else(|| item.text_of("guid"))?.to_owned();
    let plain = |text| Some(plain_text(text)).filter(|text| !text.is_empty());
    let details = item.meta("_wp_attachment_metadata");
    let pixels = |name| details.and_then(|details| serialized_number(details, name));
    let attachment = Attachment {
        url,
        alt: item.meta("_wp_attachment_image_alt").and_then(plain),
        caption: item.text_of("excerpt:encoded").and_then(plain),
        width: pixels("width"),
        height: pixels("height"),
    };
    Some((id, attachment))
}

/// The first number of that name in what PHP's `serialize` wrote: `s:5:"width";i:1024;`.
fn serialized_number(text: &str, name: &str) -> Option<u32> {
    let (_, rest) = text.split_once(&format!("\"{name}\";"))?;
    let number = rest.strip_prefix("i:").or_else(|| rest.split_once(":\"").map(|(_, it)| it))?;
    let end = number.find(|letter: char| !letter.is_ascii_digit())?;
    number[..end].parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_collected_with_what_is_said_of_them() {
        let text = "<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel>
            <wp:wxr_version>1.2</wp:wxr_version>
            <item><title>A</title><wp:post_id>7</wp:post_id>
            <excerpt:encoded><![CDATA[The <b>dam</b>]]></excerpt:encoded>
            <wp:post_type><![CDATA[attachment]]></wp:post_type>
            <wp:attachment_url><![CDATA[https://s.example/dam.jpg]]></wp:attachment_url>
            <wp:postmeta><wp:meta_key><![CDATA[_wp_attachment_metadata]]></wp:meta_key>
            <wp:meta_value><![CDATA[a:2:{s:5:\"width\";i:1200;s:6:\"height\";s:3:\"800\";}]]>
            </wp:meta_value></wp:postmeta>
            <wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key>
            <wp:meta_value>A dam</wp:meta_value></wp:postmeta></item>
            <item><wp:post_id>8</wp:post_id><wp:post_type>post</wp:post_type></item>
            <item><wp:post_id>9</wp:post_id><wp:post_type>attachment</wp:post_type>";
        let found = attachments(text.as_bytes()).expect("read");
        assert_eq!(found.len(), 1);
        let wanted = Attachment {
            url: "https://s.example/dam.jpg".to_owned(),
            alt: Some("A dam".to_owned()),
            caption: Some("The dam".to_owned()),
            width: Some(1200),
            height: Some(800),
        };
        assert_eq!(found.find(7), Some(&wanted));
        assert!(attachments(&b"<html>"[..]).is_err());
    }
}
