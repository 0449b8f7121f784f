"""Reads a sheet of people from a CSV file, as spreadsheets save it."""

import codecs
import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

# What a column may be called in the first line. Case, accents, spaces and punctuation do not matter.
HEADINGS = {
    "full name": ["full name", "display name", "nom complet", "nom affiché", "nom et prénom", "prénom et nom",
                  "nom prénom", "prénom nom"],
    "name": ["name", "nom", "last name", "surname", "family name", "nom de famille"],
    "first name": ["first name", "given name", "prénom", "prénoms"],
    "email": ["email", "mail", "email address", "courriel", "mél", "adresse email", "adresse mail", "adresse courriel",
              "adresse électronique"],
    "phone": ["phone", "telephone", "phone number", "telephone number", "mobile", "mobile phone", "cell phone", "tél",
              "téléphone", "téléphone portable", "téléphone mobile", "tél portable", "portable", "numéro de téléphone",
              "n° de téléphone"],
    "skills": ["skills", "skill", "compétences", "compétence", "métiers", "métier"],
    "tags": ["tags", "tag", "étiquettes", "étiquette", "mots clés"],
}
# Spreadsheets put a mark at the start that tells the encoding. UTF-8 comes without one, too.
MARKS = [
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
]
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
# Stands in a decoded text for bytes that are no letter.
LOST = "\N{REPLACEMENT CHARACTER}"


class Fault(Exception):
    """Why a line, or a whole file, cannot be imported."""


@dataclass
class Line:
    """A line of the file: where it stands, and its values by column, or why it cannot be read."""

    place: str
    values: list[str]
    fault: str | None = None


@dataclass
class Sheet:
    """A file that was read. `columns` has the number of the column for each field that the file holds."""

    encoding: str
    delimiter: str
    heading_place: str
    headings: list[str]
    columns: dict[str, int]
    lines: list[Line]

    def __str__(self):
        columns = ", ".join(f"{self.headings[column]} as {field}" for field, column in self.columns.items())
        return f"{self.encoding}, separated by {DELIMITERS[self.delimiter]}: {columns}"

    def left_out(self):
        """What is said of each column that holds values and is not imported."""
        for column, heading in enumerate(self.headings):
            values = sum(column < len(line.values) and line.values[column] != "" for line in self.lines)
            if values and column not in self.columns.values():
                named = f"the column “{heading}”" if heading else f"column {column + 1}, which has no heading,"
                count = "1 value" if values == 1 else f"{values} values"
                why = "no field is called so"
                if field := field_of(heading):
                    taken = self.columns.get(field, self.columns.get("full name"))
                    why = f"“{self.headings[taken]}” is taken instead"
                yield f"{named} is left out with {count}: {why}"

    def person(self, line):
        """What the server is told of the person in a line."""
        if line.fault:
            raise Fault(line.fault)
        if any(line.values[len(self.headings):]):
            raise Fault("there are more values than columns; a value that holds the separator needs quotation marks")
        if any(LOST in value for value in line.values):
            raise Fault(f"a letter cannot be read as {self.encoding}, or was lost before")
        if any("\n" in value and self.delimiter in value for value in line.values):
            raise Fault("a value runs over several lines and looks like lines of its own; is a quotation mark missing?")
        values = {field: line.values[column] for field, column in self.columns.items() if column < len(line.values)}
        name = values.get("full name") or f"{values.get('first name', '')} {values.get('name', '')}".strip()
        email, phone = values.get("email") or None, values.get("phone") or None
        if not name:
            raise Fault("there is no name")
        if email and not re.fullmatch(r"\S+@\S+", email):
            raise Fault(f"email: “{email}” is not an e-mail address")
        if phone and re.fullmatch(r"\d+([.,]\d+)?E\+?\d+", phone, re.IGNORECASE):
            raise Fault(f"phone: the spreadsheet has shortened the number to {phone}; give the column the format Text")
        return {
            "displayName": name,
            "email": email,
            "phone": phone,
            "skills": entries(values.get("skills", "")),
            "tags": entries(values.get("tags", "")),
        }


def read_sheet(path):
    """Reads a file. What is wrong with single lines is kept for when their turn comes."""
    with open(path, "rb") as file:
        text, encoding = decode(file.read())
    # A letter and its accent may be two characters in the file; people compare and search for one.
    lines = list(io.StringIO(unicodedata.normalize("NFC", text), newline=""))
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise Fault("the file is empty")
    if said := re.fullmatch(r"sep=([,;\t])", lines[first].strip("\r\n")):  # Excel writes and reads this
        delimiter, first = said[1], first + 1
    else:
        delimiter = max(DELIMITERS, key=lambda delimiter: fitness(lines, first, delimiter))
    records = [line for line in split(lines, first, delimiter) if line.fault or any(line.values)]
    if not records or records[0].fault:
        raise Fault("the first line has to name the columns")
    headings = records[0].values
    columns = columns_of(headings)
    if not columns.keys() & {"full name", "name", "first name"}:
        found = ", ".join(f"“{heading}”" for heading in headings if heading)
        raise Fault(f"no column of the first line is called name or nom; it has {found}")
    return Sheet(encoding, delimiter, records[0].place, headings, columns, records[1:])


def decode(content):
    """The text of a file and the name of its encoding. LOST stands where bytes are no letter."""
    for mark, codec, encoding in MARKS:
        if content.startswith(mark):
            return content[len(mark):].decode(codec, "replace"), encoding
    if b"\0" in content:
        raise Fault("this is not a text file; save the sheet as CSV")
    lines = [line for line in content.splitlines() if not line.isascii()]
    # Accents of Windows-1252 hardly ever look like UTF-8. So a file in which most do is UTF-8 with some damage.
    damaged = sum(LOST in line.decode("utf-8", "replace") for line in lines)
    if damaged == 0 or damaged <= len(lines) - damaged:
        return content.decode("utf-8", "replace"), "UTF-8"
    # The last two bytes are more often damage than the rare letters þ and ÿ, so they are told and not guessed.
    return content.decode("cp1252", "replace").translate({0xFE: LOST, 0xFF: LOST}), "Windows-1252"


def fitness(lines, first, delimiter):
    """How well a delimiter fits: by the headings that it makes known, then by all that it makes."""
    headings = next(split(lines, first, delimiter)).values
    return len(columns_of(headings)), len(headings)


def split(lines, start, delimiter):
    """The records of a file from a line on. A quotation mark astray costs one line, not all that follow."""
    while start < len(lines):
        rest = islice(lines, start, None)
        reader = csv.reader(rest, delimiter=delimiter, skipinitialspace=True, strict=True)
        begin = start
        try:
            for values in reader:
                end = start + reader.line_num
                place = f"line {end}" if end == begin + 1 else f"lines {begin + 1} to {end}"
                yield Line(place, [value.strip() for value in values])
                begin = end
            return
        except csv.Error as error:
            yield Line(f"line {begin + 1}", [], f"a quotation mark is missing or astray ({error})")
            start = begin + 1


def columns_of(headings):
    """The number of the column for each known field. The first column of a name counts."""
    columns = {}
    for column, heading in enumerate(headings):
        if field := field_of(heading):
            columns.setdefault(field, column)
    if "full name" in columns:
        columns.pop("name", None)
        columns.pop("first name", None)
    return columns


def field_of(heading):
    """The field that a heading stands for, if any."""
    return FIELDS.get(letters(heading))


def letters(text):
    """The letters and digits of a text without case and accents, for comparing what people type."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def entries(value):
    """The entries of a list in one value."""
    return [entry.strip() for entry in re.split(r"[;,\n\r]", value) if entry.strip()]


FIELDS = {letters(heading): field for field, headings in HEADINGS.items() for heading in headings}
