import { useEffect, useState } from "../ui/html.js";
import { reason } from "../ui/notice.js";
import { get } from "./server.js";

/**
 * What the system answers to a path; it is asked again whenever one of `causes` is another one.
 *
 * @type {(path: string, causes: readonly unknown[]) => { answer: any, problem: string, load: () => Promise<void> }}
 */
export function useLoaded(path, causes) {
  const [state, setState] = useState({ answer: /** @type {any} */ (undefined), problem: "" });
  const load = () =>
    get(path).then(
      (answer) => setState({ answer, problem: "" }),
      // What was there before is of use, too.
      (error) => setState(({ answer }) => ({ answer, problem: reason(error) })),
    );
  useEffect(() => void load(), causes);
  return { ...state, load };
}
