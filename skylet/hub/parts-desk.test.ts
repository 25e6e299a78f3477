// Requests in pieces: joined when all are there, asked for again when not, and never more held than is allowed.
import { describe, expect, test } from "bun:test";
import { createPartsDesk } from "./parts-desk.ts";

function partsOf(text: string, size: number) {
  const bytes = Buffer.from(text);
  const key = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const count = Math.ceil(bytes.length / size);
  return {
    key,
    count,
    parts: Array.from({ length: count }, (_, index) => ({
      key,
      count,
      index,
      data: bytes.toString("base64", index * size, (index + 1) * size),
    })),
  };
}

describe("skylet/hub/parts-desk", () => {
  test("pieces in any order, some of them twice, make the text, wherever it was cut", () => {
    const desk = createPartsDesk();
    const { key, count, parts } = partsOf("é😀 and more é😀", 3);

    for (const part of [...parts.toReversed(), ...parts.slice(0, 2)]) desk.add(part);

    expect(desk.whole({ key, count })).toBe("é😀 and more é😀");
  });

  test("what is not complete, not what its name says, or already answered is asked for again", () => {
    const desk = createPartsDesk();
    const { key, count, parts } = partsOf("some text", 4);
    const missing = expect.objectContaining({ code: "not-ready" });
    const whole = () => {
      try {
        return desk.whole({ key, count });
      } catch (error) {
        return error;
      }
    };

    expect(whole()).toEqual(missing);
    for (const part of parts.slice(1)) desk.add(part);
    expect(whole()).toEqual(missing);
    for (const part of parts) desk.add({ ...part, data: "AAAA" });
    expect(whole()).toEqual(missing);
    for (const part of parts) desk.add(part);
    expect(whole()).toBe("some text");
    desk.drop(key);
    expect(whole()).toEqual(missing);
  });

  test("the oldest go when too much is held", () => {
    const desk = createPartsDesk(100);
    const [first, second, third] = ["a", "b", "c"].map((letter) => partsOf(letter.repeat(45), 15));
    for (const each of [first, second, third]) for (const part of each?.parts ?? []) desk.add(part);

    expect(() => desk.whole({ key: first?.key ?? "", count: 3 })).toThrow("missing");
    expect(desk.whole({ key: third?.key ?? "", count: 3 })).toBe("c".repeat(45));
  });
});
