import { useEffect, useRef, useState } from "../ui/html.js";
import { reason } from "../ui/notice.js";
import { get } from "./server.js";

const RETRY_MS = 3000;

/**
 * Loads the system's answer to a path. Loads it again when one of `causes` changes, and after a failure.
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
    // An earlier answer may come later. After a failure, the last answer is still of use.
    if (number === last.current) setState((before) => ({ ...before, ...change }));
  };
  useEffect(() => void load(), causes);
  useEffect(() => {
    const timer = state.problem ? setTimeout(load, RETRY_MS) : 0;
    return () => clearTimeout(timer);
  }, [state]);
  return { ...state, load };
}
