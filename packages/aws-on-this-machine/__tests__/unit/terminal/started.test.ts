import { renderRefusal, renderStarted } from "../../../terminal/started";
import { plain } from "./samples";

const URLS = { api: "http://127.0.0.1:3000", console: "http://127.0.0.1:3001" };

/** The last lines of what `npm start` prints. */
function rendered(tokenIssuer: string | undefined): string {
  const startedWith = {
    environmentScript: "/run/environment.sh",
    terraform: "terraform",
    stackFolder: "/run",
    source: "src",
    tokenIssuer,
  };
  const [, text = ""] = plain(renderStarted(URLS, startedWith, {})).split("The API answers at ");
  return text;
}

test("the first request is one that the API takes", () => {
  expect(rendered(undefined)).toBe(
    `${URLS.api}\n  curl -H 'content-type: application/json' -d '{"hello": "world"}' ${URLS.api}/orders`,
  );
});

test("where the API requires a token, the first request has one, and the issuer is named", () => {
  expect(rendered("https://issuer.example.com")).toBe(
    [
      URLS.api,
      "  It requires a token of https://issuer.example.com: put one in place of <token>.",
      `  curl -H 'authorization: Bearer <token>' -H 'content-type: application/json' -d '{"hello": "world"}' ${URLS.api}/orders`,
    ].join("\n"),
  );
});

test.each([
  [200, undefined, {}, "The request stored no item."],
  [500, "ValueError: x", {}, "The request was answered 500."],
  [401, "no token", {}, "The request was answered 401: no token. Add --header 'authorization: Bearer <token>'."],
  [401, "not valid", { authorization: "Bearer x" }, "The request was answered 401: not valid."],
])("--once says what %i means", (status, error, headers, text) => {
  expect(renderRefusal({ headers }, status, error)).toBe(text);
});
