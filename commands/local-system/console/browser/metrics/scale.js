/** Where values are in a chart: from 0 at its lower edge to 1 at its upper one. */

/** @typedef {{ place: (value: number) => number, ticks: number[] }} Scale */

/** @type {(highest: number) => Scale} from zero, with whole numbers to read */
export function linearScale(highest) {
  const top = roundUp(Math.max(1, highest));
  return { place: (value) => value / top, ticks: top < 2 ? [0, top] : [0, top / 2, top] };
}

/** @type {(lowest: number, highest: number) => Scale} each tick is ten times the one before */
export function logarithmicScale(lowest, highest) {
  const from = Math.floor(Math.log10(Math.max(lowest, 0.1)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(highest, 0.1))));
  return {
    place: (value) => (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from),
    ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)),
  };
}

/** @type {(value: number) => number} to 1, 2, 4 or 10 times a power of ten */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 10].find((factor) => factor * power >= value) ?? 10);
}
