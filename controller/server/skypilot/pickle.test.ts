// Pickles against bytes that SkyPilot's client was seen to accept.
import { expect, test } from "bun:test";
import { pickle, PickleTuple } from "./pickle.ts";

test("an error of plain data has the bytes the client accepts", () => {
  const error = {
    type: "ClusterDoesNotExist",
    message: "x",
    args: new PickleTuple(["x"]),
    attributes: {},
    stacktrace: null,
  };

  expect(pickle(error)).toBe(
    "gAJ9KFgEAAAAdHlwZVgTAAAAQ2x1c3RlckRvZXNOb3RFeGlzdFgHAAAAbWVzc2FnZVgBAAAAeFgEAAAAYXJncyhYAQAAAHh0WAoAAABhdHRyaWJ1dGVzfSh1WAoAAABzdGFja3RyYWNlTnUu",
  );
});

test("Python reads back what was written", () => {
  const value = { a: [1, -2, 1.5, 2 ** 40], b: new PickleTuple([true, false, null]), "c é": "ü\n" };

  const read = Bun.spawnSync([
    "python3",
    "-c",
    `import pickle,base64;print(repr(pickle.loads(base64.b64decode("${pickle(value)}"))))`,
  ]);

  expect(read.stdout.toString().trim()).toBe(
    "{'a': [1, -2, 1.5, 1099511627776.0], 'b': (True, False, None), 'c é': 'ü\\n'}",
  );
});
