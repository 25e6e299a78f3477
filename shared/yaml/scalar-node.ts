// What a scalar node of a parsed document means: plain words by YAML 1.1, quoted ones as text, tagged ones as asked.
import type { Scalar } from "yaml";
import { plainBool, plainScalar, type PlainValue } from "./plain-scalar.ts";

/** What a parse without tags leaves is text or nothing. */
export function sourceOf({ value }: Scalar): string {
  return typeof value === "string" ? value : "";
}

/** Undefined for a tag that cannot be read, and for `=`, which has no meaning to PyYAML. */
export function scalarValue(node: Scalar): PlainValue | undefined {
  const source = sourceOf(node);
  const quoted = node.type !== undefined && node.type !== "PLAIN";
  const tag = node.tag?.replace("tag:yaml.org,2002:", "!!");
  if (tag === undefined || (tag === "!!str" && node.type === undefined)) {
    if (quoted) return textValue(source);
    const plain = plainScalar(source);
    return plain.kind === "value" ? undefined : plain;
  }
  return taggedValue(tag, source);
}

function taggedValue(tag: string, source: string): PlainValue | undefined {
  if (tag === "!!str" || tag === "!") return textValue(source);
  const plain = /^(?:yes|no|true|false|on|off)$/i.test(source)
    ? plainBool(/^(?:yes|true|on)$/i.test(source))
    : plainScalar(source);
  return TAG_BY_KIND[plain.kind] === tag ? plain : undefined;
}

const TAG_BY_KIND: Readonly<Record<PlainValue["kind"], string>> = {
  null: "!!null",
  bool: "!!bool",
  int: "!!int",
  float: "!!float",
  timestamp: "!!timestamp",
  merge: "!!merge",
  value: "!!value",
  text: "!!str",
};

function textValue(source: string): PlainValue {
  return { kind: "text", value: source, text: source };
}
