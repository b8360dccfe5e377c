import { useEffect, useRef, useState } from "../ui/html.js";
import { reason } from "../ui/notice.js";
import { get } from "./server.js";

const RETRY_MS = 3000;

/**
 * What the system answers to a path; it is asked again whenever one of `causes` is another one, and after a failure.
 *
 * @type {(path: string, causes: readonly unknown[]) => { answer: any, problem: string, load: () => Promise<void> }}
 */
export function useLoaded(path, causes) {
  const [state, setState] = useState({ answer: /** @type {any} */ (undefined), problem: "" });
  const last = useRef(0);
  const load = async () => {
    last.current += 1;
    const number = last.current;
    const change = await get(path).then(
      (answer) => ({ answer, problem: "" }),
      (error) => ({ problem: reason(error) }),
    );
    // An earlier answer may come later. What was there before a failure is of use, too.
    if (number === last.current) setState((before) => ({ ...before, ...change }));
  };
  useEffect(() => void load(), causes);
  useEffect(() => {
    const timer = state.problem ? setTimeout(load, RETRY_MS) : 0;
    return () => clearTimeout(timer);
  }, [state]);
  return { ...state, load };
}
