//! White space between tokens: indentation, single spaces, aligned equals signs and comments.

use crate::lexer::lex;
use crate::token::{Token, TokenKind as K};

/// A token with the spaces to write before it.
struct Piece<'a> {
    kind: K,
    text: &'a str,
    spaces: usize,
}

/// A line as it is laid out: a heredoc belongs to the line that it begins on. The ranges are into the pieces.
struct Line {
    /// Up to the equals sign, or everything.
    lead: std::ops::Range<usize>,
    /// From the equals sign on, if what is assigned is complete on this line; else empty.
    assign: std::ops::Range<usize>,
    /// A comment after something else on the line, else empty.
    comment: std::ops::Range<usize>,
}

/// The text with its white space laid out anew.
pub(crate) fn lay_out(text: &str) -> String {
    let tokens = lex(text);
    let end = tokens.iter().rfind(|t| t.kind != K::Eof).map_or(0, |t| t.end as usize);
    let mut pieces: Vec<Piece<'_>> = tokens
        .iter()
        .map(|t: &Token| Piece { kind: t.kind, text: t.text(text), spaces: 0 })
        .filter(|p| !matches!(p.kind, K::Eof | K::QuotedNewline))
        .collect();
    let lines = lines(&pieces);
    for line in &lines {
        space(&mut pieces[line.lead.clone()]);
        space(&mut pieces[line.assign.clone()]);
    }
    indent(&mut pieces, &lines);
    align(&mut pieces, &lines);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for piece in &pieces {
        out.extend(std::iter::repeat_n(' ', piece.spaces));
        out.push_str(piece.text);
    }
    // Blanks after the last line end are no line of their own; `terraform fmt` leaves as many spaces.
    out.extend(text[end..].chars().map(|c| if c == '\t' { ' ' } else { c }));
    out
}

fn lines(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < pieces.len() {
        let end = pieces[start..].iter().position(|p| p.kind == K::Newline).map_or(pieces.len(), |n| start + n);
        let mut lead = start..end;
        let mut comment = end..end;
        if lead.len() > 1 && pieces[end - 1].kind == K::Comment && !pieces[end - 1].text.starts_with("/*") {
            comment = end - 1..end;
            lead.end -= 1;
        }
        let mut assign = lead.end..lead.end;
        if let Some(equal) = lead.clone().skip(1).find(|i| pieces[*i].kind == K::Equal) {
            let net: i32 = pieces[equal..lead.end].iter().map(|p| bracket(p.kind)).sum();
            if net == 0 {
                assign = equal..lead.end;
                lead.end = equal;
            }
        }
        lines.push(Line { lead, assign, comment });
        start = end + 1;
    }
    lines
}

/// +1 for what opens, -1 for what closes.
fn bracket(kind: K) -> i32 {
    match kind {
        K::OpenBrace | K::OpenBracket | K::OpenParen | K::OpenInterpolation | K::OpenDirective => 1,
        K::CloseBrace | K::CloseBracket | K::CloseParen | K::CloseTemplate => -1,
        _ => 0,
    }
}

/// Two spaces per line that opened more than it closed, however much that was.
fn indent(pieces: &mut [Piece<'_>], lines: &[Line]) {
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        let Some(first) =
            [&line.lead, &line.assign, &line.comment].into_iter().find(|r| !r.is_empty()).map(|r| r.start)
        else {
            continue;
        };
        let mut net = 0;
        for piece in &pieces[line.lead.start..line.assign.end] {
            net += bracket(piece.kind);
            if piece.kind == K::OpenHeredoc {
                break;
            }
        }
        let mut closed = -net;
        while closed > 0
            && let Some(last) = open.last_mut()
        {
            if closed < *last {
                *last -= closed;
                break;
            }
            closed -= *last;
            open.pop();
        }
        pieces[first].spaces = 2 * open.len();
        if net > 0 {
            open.push(net);
        }
    }
}

/// One space or none between the pieces of a cell.
fn space(cell: &mut [Piece<'_>]) {
    for i in 1..cell.len() {
        let before = i.checked_sub(2).map(|b| cell[b].kind);
        cell[i].spaces = usize::from(is_spaced(before, &cell[i - 1], &cell[i]));
        // `0 .1` and `a.0 .1` have an index behind a number; without the space the two would be another number.
        let index = cell[i].kind == K::Dot && cell.get(i + 1).is_some_and(|next| next.kind == K::Number);
        if index && cell[i - 1].kind == K::Number {
            cell[i].spaces = 1;
        }
    }
    if let Some(first) = cell.first_mut().filter(|p| p.kind == K::Equal) {
        first.spaces = 1;
    }
}

fn is_spaced(before: Option<K>, left: &Piece<'_>, right: &Piece<'_>) -> bool {
    let is_in = |p: &Piece<'_>| p.kind == K::Ident && p.text == "in";
    match (left.kind, right.kind) {
        (K::Ident, K::OpenParen) => false,
        (K::DoubleColon, K::Ident) | (K::Ident, K::DoubleColon) => false,
        (K::Dot, _) | (_, K::Dot) => false,
        (_, K::Comma | K::Ellipsis) => false,
        (K::Comma, _) => true,
        (K::QuotedText | K::Text | K::OpenQuote | K::OpenHeredoc, _) => false,
        (_, K::QuotedText | K::Text | K::CloseQuote | K::CloseHeredoc) => false,
        _ if is_in(left) || is_in(right) => true,
        (K::Ident | K::Number, K::OpenBracket) => false,
        (l, K::OpenBracket) if bracket(l) < 0 => false,
        (K::Bang, _) => false,
        (K::Minus, _) => before.is_some_and(|b| !expects_operand(b)),
        (K::OpenBrace, K::CloseBrace) => false,
        (K::OpenBrace, _) | (_, K::CloseBrace) => true,
        (K::OpenInterpolation | K::OpenDirective, K::OpenBrace) => true,
        (K::CloseBrace, K::CloseTemplate) => true,
        (K::CloseTemplate, K::OpenInterpolation | K::OpenDirective) => false,
        (l, _) if bracket(l) > 0 => false,
        (_, r) if bracket(r) < 0 => false,
        _ => true,
    }
}

/// Whether a minus after this is a sign rather than a subtraction.
fn expects_operand(before: K) -> bool {
    matches!(
        before,
        K::OpenParen
            | K::OpenBrace
            | K::OpenBracket
            | K::Equal
            | K::Colon
            | K::Comma
            | K::Question
            | K::Plus
            | K::Star
            | K::Slash
            | K::Percent
            | K::Minus
            | K::EqualEqual
            | K::NotEqual
            | K::Greater
            | K::GreaterEqual
            | K::Less
            | K::LessEqual
            | K::And
            | K::Or
            | K::Bang
    )
}

/// Moves the equals signs of neighbouring lines, then the comments after them, into one column.
fn align(pieces: &mut [Piece<'_>], lines: &[Line]) {
    for cell in [|l: &Line| l.assign.clone(), |l: &Line| l.comment.clone()] {
        let mut i = 0;
        while i < lines.len() {
            let run = lines[i..].iter().take_while(|l| !cell(l).is_empty()).count();
            let widths: Vec<usize> =
                lines[i..i + run].iter().map(|l| width(&pieces[l.lead.start..cell(l).start])).collect();
            let widest = widths.iter().copied().max().unwrap_or(0);
            for (line, width) in lines[i..i + run].iter().zip(widths) {
                pieces[cell(line).start].spaces = widest - width + 1;
            }
            i += run + 1;
        }
    }
}

fn width(pieces: &[Piece<'_>]) -> usize {
    pieces.iter().map(|p| p.spaces + p.text.chars().count()).sum()
}
