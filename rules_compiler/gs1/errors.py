"""Why a text is no GS1 Digital Link: one code, one place, one sentence."""


class DigitalLinkError(ValueError):
    """A text breaks one rule of GS1 Digital Link.

    `code` is stable: one of `scheme`, `authority`, `no_primary_key`, `dangling_segment`,
    `empty_value`, `bad_escape`, `null_character`, `unknown_ai`, `not_a_qualifier`,
    `qualifier_order`, `mixed_qualifiers`, `belongs_in_path`, `not_an_attribute`, `duplicate_ai`,
    `too_short`, `too_long`, `bad_character`, `check_digit`, `check_characters`, `bad_date`,
    `bad_code`, `bad_epc`, `excluded_pair`, `missing_partner`. `position` is the index, in the text that was
    parsed, of the first character of the segment or parameter at fault; `message` says what is
    wrong and what to do.
    """

    def __init__(self, code: str, position: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.position = position
        self.message = message

    def moved(self, offset: int) -> "DigitalLinkError":
        """Return the same refusal as it reads in a longer text, *offset* characters further on."""
        return DigitalLinkError(self.code, self.position + offset, self.message)
