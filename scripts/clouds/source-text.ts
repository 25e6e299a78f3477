// Plain values as TypeScript, for generated files.

/** Regular expressions stay what they are; numbers, texts and their collections are as in JSON. */
export function sourceOf(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, field]) => `${keyOf(key)}: ${sourceOf(field)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

/** One field a line, for what people read in differences. */
export function blockOf(value: object, indent = "  "): string {
  const lines = Object.entries(value).map(([key, field]) => `${indent}  ${keyOf(key)}: ${sourceOf(field)},`);
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
