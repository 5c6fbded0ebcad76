"""Values that mean the same in every body: countries, currencies, amounts of money."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, StringConstraints, WithJsonSchema

from rules_compiler.gs1.code_lists import COUNTRY_LETTERS

_DECIMAL: Final = r"-?[0-9]{1,18}(\.[0-9]{1,6})?"

# ISO 4217, without metals, funds of banks and codes for testing.
_CURRENCY_CODES: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
    LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
    NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF
    XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
_CURRENCIES: Final = frozenset(_CURRENCY_CODES.split())


def _check_country(code: str) -> str:
    if code not in COUNTRY_LETTERS:
        raise ValueError(f"{code!r} is no assigned code of ISO 3166-1 alpha-2, such as 'CA'.")
    return code


def _check_currency(code: str) -> str:
    if code not in _CURRENCIES:
        raise ValueError(f"{code!r} is no currency of ISO 4217, such as 'CAD'.")
    return code


def _read_money(value: object) -> object:
    """Refuse a JSON number: on its way through a float it may have lost a cent."""
    if isinstance(value, int | float):
        raise ValueError(f'Write the amount as a text: "{value}".')  # noqa: TRY004 - pydantic's own way
    try:
        return Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        raise ValueError(f"{value!r} is no amount such as '12.50'.") from None


def _check_money(value: Decimal) -> Decimal:
    digits, exponent = len(value.as_tuple().digits), value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent > 0 or -exponent > _PLACES or digits + exponent > _DIGITS:
        raise ValueError(f"An amount has at most {_DIGITS} digits before the point and {_PLACES} after it.")
    return value


_DIGITS: Final = 18
_PLACES: Final = 6

Country: TypeAlias = Annotated[
    str,
    StringConstraints(to_upper=True),
    AfterValidator(_check_country),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}$", "examples": ["CA"]}),
]
"""A country of ISO 3166-1, in two letters."""

Currency: TypeAlias = Annotated[
    str,
    StringConstraints(to_upper=True),
    AfterValidator(_check_currency),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{3}$", "examples": ["CAD"]}),
]
"""A currency of ISO 4217, in three letters."""

Money: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(_read_money),
    AfterValidator(_check_money),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{_DECIMAL}$", "examples": ["12.50"]}),
]
"""An amount of money: a decimal text in bodies, never a number."""
