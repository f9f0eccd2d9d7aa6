//! XHTML within Atom (RFC 4287 §3.1.1.3).

use super::{
    report::shown,
    rules,
    tree::{Element, Id},
    values::{html_names, style},
    walk::Check,
};

impl Check<'_, '_> {
    /// A text of type `xhtml`: one `div`, and all of it in there.
    pub(super) fn xhtml(&mut self, id: Id) {
        let tree = self.tree;
        let element = &tree.elements[id];
        if let Some(at) = element.text.begins() {
            self.report.add(&rules::ATOM_DIV, at, shown(element.trimmed()));
        }
        for (child, inner) in tree.children(id) {
            if inner.is("xhtml", "div") {
                if inner.children.is_empty() {
                    self.plain(inner, &rules::ATOM_INLINE);
                }
                self.markup(child);
                continue;
            }
            if element.text.begins().is_none() {
                self.report.add(&rules::ATOM_DIV, inner.at, format!("<{}>", inner.name()));
            }
            if inner.prefix != "xhtml" {
                let detail = format!("<{}> is not in the namespace of XHTML", inner.written);
                self.report.add(&rules::HTML_BAD, inner.at, detail);
            }
            self.eat(child);
        }
    }

    /// What is in a `div`, or in the `body` that an item of RSS may have.
    pub(super) fn markup(&mut self, id: Id) {
        let tree = self.tree;
        let around = &tree.elements[id];
        for (child, inner) in tree.children(id) {
            let detail = format!("<{}> in <{}>", inner.name(), around.name());
            match inner.prefix {
                "" => self.report.add(&rules::ELEMENT_BARE, inner.at, detail),
                "xhtml" => self.xhtml_names(inner),
                "svg" | "mathml" if inner.local == "script" => {
                    self.report.add(&rules::HTML_ELEMENT, inner.at, detail);
                }
                "svg" | "mathml" => self.handlers(inner),
                super::tree::UNKNOWN => {}
                _ if around.local == "metadata" => continue,
                _ => {
                    self.report.add(&rules::ELEMENT_UNKNOWN, inner.at, detail);
                    continue;
                }
            }
            self.markup(child);
        }
    }

    fn xhtml_names(&mut self, inner: &Element<'_>) {
        let named = format!("<{}>", inner.local);
        if !html_names::is_element(inner.local) {
            let detail = format!("{named} is no element of XHTML");
            self.report.add(&rules::HTML_BAD, inner.at, detail);
        } else if html_names::is_dangerous(inner.local) {
            self.report.add(&rules::HTML_ELEMENT, inner.at, named);
        }
        self.handlers(inner);
    }

    fn handlers(&mut self, inner: &Element<'_>) {
        for attribute in inner.attributes.iter().filter(|it| it.prefix.is_empty()) {
            if attribute.local.starts_with("on") {
                let detail = format!("`{}`", attribute.local);
                self.report.add(&rules::HTML_ATTRIBUTE, attribute.at, detail);
            } else if attribute.local == "style"
                && inner.prefix == "xhtml"
                && let Some(bad) = style::dangerous(&attribute.value)
            {
                self.report.add(&rules::HTML_STYLE, attribute.at, format!("`{bad}`"));
            }
        }
    }
}
