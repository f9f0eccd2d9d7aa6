//! RSS 1.0 (RDF Site Summary), as far as feeds still use it.
//!
//! # Limits
//! - That the document is RDF is not checked.

use super::{grammar::Inside, rules, tree::Id, values::address::Demand, walk::Check};

impl<'c> Check<'c, '_> {
    pub(super) fn rdf(&mut self, id: Id) {
        let tree = self.tree;
        self.everywhere(&tree.elements[id]);
        if tree.elements[id].local != "RDF" {
            // RSS 1.1 has neither a frame nor items beside the channel.
            self.inside(id, Inside::RdfChannel);
            self.about(id);
            return;
        }
        self.inside(id, Inside::Rdf);
        for (child, element) in tree.children(id) {
            let wants = element.prefix.is_empty()
                && ["channel", "item", "image", "textinput"].contains(&element.local)
                && element.namespace.as_ref() != "http://my.netscape.com/rdf/simple/0.9/";
            if wants {
                self.about(child);
            }
        }
    }

    /// The address by which RDF knows an element.
    fn about(&mut self, id: Id) {
        let tree: &'c _ = self.tree;
        let element = &tree.elements[id];
        match element.attribute_in("rdf", "about") {
            None => {
                self.report.add(&rules::RDF_ABOUT, element.at, format!("<{}>", element.name()));
            }
            Some(about) => {
                self.address_in(about, Demand::Reference);
            }
        }
        if element.local.eq_ignore_ascii_case("channel") {
            self.need(id, "", "items", &rules::ELEMENT_MISSING);
        }
    }
}
