//! Texts as the old and the new editor store them.

use super::*;

fn each(cases: &[(&str, &str)]) {
    for (text, wanted) in cases {
        assert_eq!(autop(text), *wanted, "{text:?}");
    }
}

#[test]
fn blank_lines_part_paragraphs_and_line_ends_break_lines() {
    each(&[
        ("One\ntwo\n\nthree", "<p>One<br />\ntwo</p>\n<p>three</p>"),
        ("One\r\n\r\n\r\n  two  ", "<p>One</p>\n<p>two</p>"),
        ("One\n \t\ntwo", "<p>One</p>\n<p>two</p>"),
        ("One<br><br/>two", "<p>One</p>\n<p>two</p>"),
        ("One<br />\ntwo", "<p>One<br />\ntwo</p>"),
        ("a <b>b</b>\n<i>c</i>", "<p>a <b>b</b><br />\n<i>c</i></p>"),
        ("a < b & c", "<p>a < b & c</p>"),
        ("", ""),
        (" \n\n ", ""),
    ]);
}

#[test]
fn elements_that_stand_for_themselves_are_not_wrapped() {
    each(&[
        ("<h2>A</h2>\ntext", "<h2>A</h2><p>text</p>"),
        ("text\n<h2>A</h2>", "<p>text</p>\n<h2>A</h2>"),
        (
            "<p>One</p>\n\n<p class=\"x\">two\nthree</p>",
            "<p>One</p>\n<p class=\"x\">two<br />\nthree</p>",
        ),
        ("<div>text</div>", "<div>text</div>"),
        ("<div>\n\ntext\n\n</div>", "<div><p>text</p>\n</div>"),
        ("<div>one\n\ntwo</div>", "<div><p>one</p>\n<p>two</p>\n</div>"),
        ("<blockquote>text</blockquote>", "<blockquote><p>text</p>\n</blockquote>"),
        ("a\n<hr>\nb", "<p>a</p>\n<hr><p>b</p>"),
    ]);
}

#[test]
fn lists_tables_and_code_keep_their_lines() {
    each(&[
        (
            "<ul>\n<li>a</li>\n<li>b <b>c</b></li>\n</ul>",
            "<ul>\n<li>a</li>\n<li>b <b>c</b></li>\n</ul>",
        ),
        ("<ul><li>a\n<ul><li>b</li></ul></li></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        (
            "<table>\n<tr>\n<td>a\nb</td></tr></table>",
            "<table>\n<tr>\n<td>a<br />\nb</td></tr></table>",
        ),
        ("x\n\n<pre>a\n\nb</pre>\ny", "<p>x</p>\n<pre>a\n\nb</pre><p>y</p>"),
        ("<script>a\n\nb<p></script>", "<script>a\n\nb<p></script>"),
        ("[code lang=\"x\"]a\n\nb[/code]", "[code lang=\"x\"]a\n\nb[/code]"),
        ("<h2>a\nb</h2>", "<h2>a<br />\nb</h2>"),
    ]);
}

#[test]
fn shortcodes_stay_and_addresses_alone_on_a_line_are_embedded() {
    each(&[
        ("a\n\n[gallery ids=\"1,2\"]\n\nb", "<p>a</p>\n[gallery ids=\"1,2\"]\n<p>b</p>"),
        (
            "[caption id=\"x\"]<img src=\"a.jpg\" /> Text[/caption]",
            "[caption id=\"x\"]<img src=\"a.jpg\" /> Text[/caption]",
        ),
        ("see [1] and [sic]", "<p>see [1] and [sic]</p>"),
        ("[1] a [2]", "<p>[1] a [2]</p>"),
        (
            "a\nhttps://youtu.be/x?a=1&b=2\nb",
            "<p>a</p>\n[embed]https://youtu.be/x?a=1&b=2[/embed]\n<p>b</p>",
        ),
        ("see https://s.example/x", "<p>see https://s.example/x</p>"),
        (
            "<a href=\"/x\">\nhttps://s.example/x\n</a>",
            "<p><a href=\"/x\"><br />\nhttps://s.example/x<br />\n</a></p>",
        ),
    ]);
}

#[test]
fn comments_of_the_block_editor_go_and_its_lines_stay() {
    each(&[
        (
            "<!-- wp:paragraph {\"a\":1} -->\n<p>One\ntwo</p>\n<!-- /wp:paragraph -->\n\n\
             <!-- wp:latest-posts /-->\n<!--more-->",
            "<p>One\ntwo</p>\n\n\n\n<!--more-->",
        ),
        (
            "<!-- wp:embed -->\n<figure><div>\nhttps://youtu.be/x\n</div></figure>\n\
             <!-- /wp:embed -->",
            "<figure><div>\n[embed]https://youtu.be/x[/embed]\n</div></figure>",
        ),
        (
            "<!-- wp:code -->\n<pre>\nhttps://s.example/x\n</pre>\n<!-- /wp:code -->",
            "<pre>\nhttps://s.example/x\n</pre>",
        ),
    ]);
}

#[test]
fn a_comment_alone_is_no_paragraph() {
    each(&[("a\n\n<!--more-->\n\nb", "<p>a</p>\n<!--more-->\n<p>b</p>")]);
}

#[test]
fn hostile_texts_come_through_in_linear_time() {
    for text in [
        "<a=\"",
        "<a='\">",
        "<",
        "<p",
        "<p>",
        "</div>",
        "<div>",
        "<!--",
        "<pre>",
        "[code]",
        "[/code",
        "<br>",
        "\n",
        " \n",
        "<a href=\">",
        "[a",
        "]",
        "<svg",
        "<li>\n\n",
        "https://a\n",
        "<pre",
        "<script>\n",
        "\u{e9}<\u{e9}",
    ] {
        let _ = autop(&text.repeat(50_000));
    }
}
