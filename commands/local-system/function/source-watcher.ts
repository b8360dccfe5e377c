import { watch } from "node:fs";

/** Editors save a file in several steps. */
const SETTLE_MS = 50;

export interface SourceWatcherProps {
  /** The watched folder, with its subfolders. */
  readonly source: string;
  /** Called after a file is saved, and not before the last call has ended. */
  readonly onSave: () => Promise<void>;
  /** Called if the folder cannot be watched. */
  readonly onError: (error: Error) => void;
}

/** Watches a function's source. Returns how to stop. */
export function watchSource({ source, onSave, onError }: SourceWatcherProps): () => void {
  let saved: NodeJS.Timeout | undefined;
  let updated = Promise.resolve();
  try {
    const watcher = watch(source, { recursive: true }, (_event, file) => {
      if (file?.includes("__pycache__")) return;
      clearTimeout(saved);
      saved = setTimeout(() => {
        updated = updated.then(onSave);
      }, SETTLE_MS);
    });
    watcher.on("error", onError);
    return () => {
      watcher.close();
      clearTimeout(saved);
    };
  } catch (error) {
    onError(error as Error);
    return () => {};
  }
}
