import { TokenBucket } from "../../../gateway/token-bucket";

/** How many requests, by the millisecond at which they come, get through. */
function passed(rate: number, burst: number, requests: Record<number, number>): Record<number, number> {
  let now = 0;
  const bucket = new TokenBucket(rate, burst, () => now);
  const entries = Object.entries(requests).map(([at, count]) => {
    now = Number(at);
    return [at, Array.from({ length: count }, () => bucket.take()).filter(Boolean).length];
  });
  return Object.fromEntries(entries);
}

test.each([
  ["lets a burst through at once", 2, 5, { 0: 9 }, { 0: 5 }],
  ["goes on at its rate", 2, 5, { 0: 9, 1000: 9, 2000: 9 }, { 0: 5, 1000: 2, 2000: 2 }],
  ["saves parts of a token", 2, 5, { 0: 9, 250: 1, 500: 1 }, { 0: 5, 250: 0, 500: 1 }],
  ["saves no more than a burst", 2, 5, { 0: 9, 60000: 9 }, { 0: 5, 60000: 5 }],
  ["lets nothing through without a burst", 2, 0, { 0: 1, 60000: 1 }, { 0: 0, 60000: 0 }],
  ["never fills again without a rate", 0, 1, { 0: 2, 60000: 2 }, { 0: 1, 60000: 0 }],
])("%s", (_what, rate, burst, requests, expected) => {
  expect(passed(rate, burst, requests)).toEqual(expected);
});
