//! The tokens of the native syntax.

/// What kind of token it is. Brackets of every sort are tokens of their own, so that a template inside a string is
/// a balanced run of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// The quote that opens a string.
    OpenQuote,
    /// The quote that closes a string.
    CloseQuote,
    /// `<<MARKER` or `<<-MARKER` with the line end after it.
    OpenHeredoc,
    /// The line that holds a heredoc's marker, without its line end.
    CloseHeredoc,
    /// Literal text inside quotes, escapes not yet decoded.
    QuotedText,
    /// Literal text inside a heredoc or a bare template: at most one line, with its line end.
    Text,
    /// A line end inside quotes, where none may be. The string ends there.
    QuotedNewline,
    /// `${` or `${~`
    OpenInterpolation,
    /// `%{` or `%{~`
    OpenDirective,
    /// `}` or `~}` closing either of the two.
    CloseTemplate,
    /// A number.
    Number,
    /// A name.
    Ident,
    /// A comment of any sort, without the line end after it.
    Comment,
    /// A line end.
    Newline,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `=`
    Equal,
    /// `==`
    EqualEqual,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Bang,
    /// `?`
    Question,
    /// `:`
    Colon,
    /// `::`
    DoubleColon,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `...`
    Ellipsis,
    /// `=>`
    FatArrow,
    /// One character that has no meaning here, such as `'`, `;`, `&`, `~`.
    Invalid,
    /// The end of the text.
    Eof,
}

/// A token: a kind over a range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl TokenKind {
    /// The kind that closes this one, if it opens something.
    pub fn closer(self) -> Option<TokenKind> {
        Some(match self {
            Self::OpenBrace => Self::CloseBrace,
            Self::OpenBracket => Self::CloseBracket,
            Self::OpenParen => Self::CloseParen,
            Self::OpenQuote => Self::CloseQuote,
            Self::OpenHeredoc => Self::CloseHeredoc,
            Self::OpenInterpolation | Self::OpenDirective => Self::CloseTemplate,
            _ => return None,
        })
    }

    /// Whether it closes something.
    pub fn is_closer(self) -> bool {
        matches!(
            self,
            Self::CloseBrace
                | Self::CloseBracket
                | Self::CloseParen
                | Self::CloseQuote
                | Self::CloseHeredoc
                | Self::CloseTemplate
        )
    }
}

impl Token {
    /// The text it covers.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}
