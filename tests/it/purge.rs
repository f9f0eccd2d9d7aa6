//! A purge leaves nothing of a story, wherever a pass had put it.

use crate::support::{
    Newsroom,
    origin::{Origin, Said},
    story,
};

fn text(title: &str, more: &str, words: usize) -> String {
    story(title, "2026-01-02T12:00:00Z", more, &format!("{title} words.\n\n").repeat(words))
}

#[test]
fn a_purge_reaches_what_a_later_build_takes_out_of_partner_documents() {
    let feed = "[publish]\nsections = \"found\"\n\n[server]\nlisten = \"127.0.0.1:8080\"\n\n\
        [[feed]]\npath = \"p\"\ntitle = \"P\"\naccess = \"token\"\nwhere = { section = \"news\" }\n";
    let newsroom = Newsroom::new().config(feed);
    newsroom.story("news/a.md", text("Aardvark", "", 3000));
    newsroom.story("news/b.md", text("Bilby", "", 10));
    newsroom.build();
    newsroom.purged(newsroom.run(["retract", "news/a.md", "--purge"]));
    newsroom.build();
    assert!(!newsroom.store_holds("Aardvark"));
    assert!(newsroom.store_holds("Bilby"));
}

#[test]
fn a_purge_reaches_what_webhooks_have_not_been_told_yet() {
    let origin = Origin::start();
    origin.say("/hook", Said::new(500, "no"));
    let hook = format!(
        "[publish]\nsections = \"found\"\n[[webhook]]\nname = \"cdn\"\nurl = \"{}\"\n\
         secret = \"0123456789abcdef0123456789abcdef\"\nallow_private = true\n",
        origin.at("/hook")
    );
    let newsroom = Newsroom::new().config(&hook);
    newsroom.build();
    newsroom.story("news/a.md", text("Aardvark", "slug: a-mammal", 3));
    newsroom.story("news/b.md", text("Bilby", "", 3));
    newsroom.build();
    newsroom.purged(newsroom.run(["retract", "news/a.md", "--purge"]));
    assert!(!newsroom.store_holds("Aardvark") && !newsroom.store_holds("a-mammal"));
    newsroom.build();
    assert!(!newsroom.store_holds("Aardvark") && !newsroom.store_holds("a-mammal"));
    assert!(newsroom.store_holds(r#""title":"Bilby""#), "others are told of");
}
