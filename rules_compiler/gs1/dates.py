"""Days and times as values write them: `YYMMDD`, `YYYYMMDD`, `HHMM`."""

from datetime import date

_SHORT_DATE = len("YYMMDD")


def find_date_fault(text: str, *, is_day_optional: bool = False) -> str | None:
    """Tell what is wrong with a date of two- or four-digit year, or None.

    A day 00 stands for the last of the month where the day is optional.
    """
    # Two-digit years slide through the centuries; until 2050 their leap years are those of 20YY.
    century = 2000 if len(text) == _SHORT_DATE else 0
    year, month, day = century + int(text[:-4]), int(text[-4:-2]), int(text[-2:])
    try:
        date(year, month, 1 if is_day_optional and day == 0 else day)
    except ValueError:
        return "is no day of the calendar: write year, month and day, such as 270131"
    return None


def find_number_fault(text: str, *, last: int, what: str) -> str | None:
    """Tell that the number *text* is beyond the *last* of its kind, or None."""
    return None if int(text) <= last else f"is no {what}: the largest is {last}"


def find_time_fault(text: str) -> str | None:
    """Tell what is wrong with hours and minutes, or None."""
    hour, minute = text[:2], text[2:]
    return find_number_fault(hour, last=23, what="hour") or find_number_fault(minute, last=59, what="minute")
