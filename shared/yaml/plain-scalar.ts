// What an unquoted YAML scalar means by the rules of YAML 1.1 as PyYAML's safe loader applies them.
import { pythonFloat } from "./python-text.ts";

export interface PlainValue {
  readonly kind: "null" | "bool" | "int" | "float" | "timestamp" | "merge" | "value" | "text";
  /** A timestamp is a symbol: no schema for text, numbers, lists or mappings then takes it. */
  readonly value: null | boolean | number | string | symbol;
  /** Python's `str` of the value. */
  readonly text: string;
}

const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const TRUE = /^(?:yes|true|on)$/i;
const NULL = /^(?:~|null|Null|NULL|)$/;
const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(?:(Z)|([-+])(\d\d?)(?::(\d\d))?))?)?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** Total: every text has a meaning, at least as text. */
export function plainScalar(source: string): PlainValue {
  if (NULL.test(source)) return { kind: "null", value: null, text: "None" };
  if (BOOL.test(source)) return plainBool(TRUE.test(source));
  if (INT.test(source)) return plainInt(source);
  if (FLOAT.test(source)) return plainFloat(source);
  if (source === "<<") return { kind: "merge", value: source, text: source };
  if (source === "=") return { kind: "value", value: source, text: source };
  const time = TIMESTAMP.exec(source);
  if (time !== null && (time[4] !== undefined || DATE.test(source))) return plainTimestamp(time);
  return { kind: "text", value: source, text: source };
}

export function plainBool(value: boolean): PlainValue {
  return { kind: "bool", value, text: value ? "True" : "False" };
}

function plainInt(source: string): PlainValue {
  const value = intValue(source.replace(/_/g, ""));
  return { kind: "int", value: Number(value), text: String(value) };
}

function intValue(source: string): bigint {
  const negative = source.startsWith("-");
  const digits = source.replace(/^[-+]/, "");
  const magnitude = unsignedInt(digits);
  return negative ? -magnitude : magnitude;
}

function unsignedInt(digits: string): bigint {
  if (digits.includes(":")) return digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  if (/^0[bx]/.test(digits)) return digits.length > 2 ? BigInt(digits) : 0n;
  if (digits.length > 1 && digits.startsWith("0")) return BigInt(`0o${digits.slice(1)}`);
  return BigInt(digits);
}

function plainFloat(source: string): PlainValue {
  const value = floatValue(source.replace(/_/g, "").toLowerCase());
  return { kind: "float", value, text: pythonFloat(value) };
}

function floatValue(source: string): number {
  const sign = source.startsWith("-") ? -1 : 1;
  const body = source.replace(/^[-+]/, "");
  if (body === ".inf") return sign * Number.POSITIVE_INFINITY;
  if (body === ".nan") return Number.NaN;
  if (body.includes(":")) return sign * body.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return sign * Number(body);
}

function plainTimestamp(time: RegExpExecArray): PlainValue {
  const [, year = "", month = "", day = "", hour, minute = "", second = "", fraction = ""] = time;
  const two = (part: string) => part.padStart(2, "0");
  const date = `${year}-${two(month)}-${two(day)}`;
  const text = hour === undefined ? date : `${date} ${two(hour)}:${minute}:${second}${micros(fraction)}${zone(time)}`;
  return { kind: "timestamp", value: Symbol.for(text), text };
}

function micros(fraction: string): string {
  const digits = fraction.slice(0, 6).padEnd(6, "0");
  return /^0*$/.test(digits) ? "" : `.${digits}`;
}

function zone(time: RegExpExecArray): string {
  if (time[8] !== undefined) return "+00:00";
  const sign = time[9];
  if (sign === undefined) return "";
  const hours = (time[10] ?? "").padStart(2, "0");
  const minutes = time[11] ?? "00";
  return hours === "00" && minutes === "00" ? "+00:00" : `${sign}${hours}:${minutes}`;
}
