"""Which of its two forms a list is asked for in (RFC 9110 §12.5.1)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CSV, JSON = "text/csv", "application/json"
PARAMETERS: Mapping[str, Mapping[str, str]] = {
    CSV: {"charset": "utf-8", "header": "present"},
    JSON: {},
}
"""What each form is besides. Whoever wants JSON of another kind gets the one that there is."""

_QUOTED = r'"(?:[^"\\]|\\.)*+"?'
_RANGE = re.compile(rf"(?:{_QUOTED}|[^,\"])+")
_PARAMETER = re.compile(rf";\s*([^\s=;,\"]+)\s*=\s*({_QUOTED}|[^\s;,\"]*)")
_TYPE = re.compile(r"\s*([^\s;,/\"]+/[^\s;,/\"]+)\s*(?=;|$)")
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


@dataclass(frozen=True)
class MediaRange:
    """What a caller takes, and how gladly: from 0 (not at all) to 1."""

    name: str
    parameters: Mapping[str, str]
    weight: float

    def closeness(self, form: str) -> int:
        """Return how closely this names a form, from 1 for `*/*` on; 0 where it does not."""
        if self.name == "*/*":
            return 1
        if self.name == f"{form.partition('/')[0]}/*":
            return 2
        if self.name != form:
            return 0
        is_this = PARAMETERS[form]
        if form == CSV and any(is_this.get(name) != said for name, said in self.parameters.items()):
            return 0
        return 3 + len(self.parameters)


def prefers_csv(accept: Iterable[str]) -> bool:
    """Return whether `Accept` headers ask for CSV rather than JSON. Of two forms that are wanted
    alike it is the one that is named more closely, and else JSON, as where neither is wanted: a
    list is never refused for its form."""
    ranges = list(_ranges(",".join(accept)))
    csv, json = _wanted(CSV, ranges), _wanted(JSON, ranges)
    return csv[0] > 0 and csv > json


def _wanted(form: str, ranges: Iterable[MediaRange]) -> tuple[float, int]:
    # The closest range decides, however much another that fits as well would give.
    matching = [(one.closeness(form), one.weight) for one in ranges]
    closeness, weight = max(matching, default=(0, 0.0))
    return (weight, closeness) if closeness else (0.0, 0)


def _ranges(accept: str) -> Iterable[MediaRange]:
    """Return what can be read of it; the rest is as if it were not there."""
    for one in _RANGE.findall(accept):
        name = _TYPE.match(one)
        if name is None:
            continue
        said = {key.lower(): value.strip('"').lower() for key, value in _PARAMETER.findall(one)}
        weight = said.pop("q", "1")
        if _WEIGHT.fullmatch(weight):
            yield MediaRange(name[1].lower(), said, float(weight))
