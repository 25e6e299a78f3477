// How Python writes a value as text, because SkyPilot turns numbers and flags into environment variables that way.

/** Python's `repr` of a float: 1.5, 2.0, 1e+16, 1e-05, inf, nan. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  // Python leaves fixed notation below 1e-4 and from 1e16 on; JavaScript does so elsewhere.
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const fixed = fixedNotation(value, exponent);
  return fixed.includes(".") ? fixed : `${fixed}.0`;
}

function fixedNotation(value: number, exponent: number): string {
  const plain = String(value);
  if (!plain.includes("e")) return plain;
  const digits = plain.replace(/e.*$/, "").replace(/[-.]/g, "");
  const sign = value < 0 ? "-" : "";
  return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
}

/** Python's `repr` of text: single quotes unless only those occur inside. */
export function pythonText(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = oneLine(value.replace(/\\/g, "\\\\"));
  return quote + (quote === "'" ? escaped.replace(/'/g, "\\'") : escaped) + quote;
}

// What Python's `strip` takes away; JavaScript leaves the separators of files and NEL, and takes the byte order mark.
const PYTHON_SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const SPACE_AT_ENDS = new RegExp(`^${PYTHON_SPACE}+|${PYTHON_SPACE}+$`, "g");

/** Python's `strip`. */
export function pythonStrip(text: string): string {
  return text.replace(SPACE_AT_ENDS, "");
}

// Line breaks, escapes of terminals and other signs that move the cursor.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/gu;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text with everything escaped that would break the line it is shown in, or do more to a terminal than show a letter. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, (sign) => SHORT_ESCAPES[sign] ?? escapedSign(sign.charCodeAt(0)));
}

function escapedSign(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

// Messages quote values; a value of a page is no help in a message.
const SHOWN_MAX = 400;

/** The repr of a value for a message, cut where it grows long. */
export function shownRepr(value: unknown): string {
  const text = pythonRepr(typeof value === "string" ? value.slice(0, SHOWN_MAX + 1) : value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
}

/** A value as a sentence names it: words and numbers as they are, lists and mappings as Python writes them. */
export function plainText(value: unknown): string {
  return typeof value === "object" && value !== null ? pythonRepr(value) : String(value);
}

/** Python's `repr` of a value read from YAML; `floats` in it that are whole lose their ".0". */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return pythonText(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : pythonFloat(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "symbol") return pythonText(value.description ?? "");
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${pythonText(key)}: ${pythonRepr(inner)}`);
  return `{${entries.join(", ")}}`;
}
