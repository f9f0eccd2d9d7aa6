//! RSS 1.0 (RDF Site Summary), as far as feeds still use it.
//!
//! # Limits
//! - That the document is RDF is not checked.

use super::{grammar::Inside, rules, tree::Id, walk::Check};

impl Check<'_, '_> {
    pub(super) fn rdf(&mut self, id: Id) {
        let tree = self.tree;
        if tree.elements[id].local != "RDF" {
            return;
        }
        self.inside(id, Inside::Rdf);
        for (_, element) in tree.children(id) {
            let wants = element.prefix.is_empty()
                && ["channel", "item", "image", "textinput"].contains(&element.local)
                && element.namespace.as_ref() != "http://my.netscape.com/rdf/simple/0.9/";
            if wants && element.attribute_in("rdf", "about").is_none() {
                self.report.add(&rules::RDF_ABOUT, element.at, format!("<{}>", element.name()));
            }
        }
    }
}
