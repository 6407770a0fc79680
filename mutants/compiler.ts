import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';

/** Separates mutants that do not compile from those that only a test can notice. */
export interface Compiler {
  accepts(path: string, source: string): boolean;
}

export function createCompiler(paths: readonly string[]): Compiler {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  // Allows unused names, because a removed statement may leave some.
  const lenient = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  const changed = new Map<string, { version: number; source: string }>();
  const roots = paths.map((path) => resolve(path));
  const service = ts.createLanguageService({
    getCompilationSettings: () => lenient,
    getScriptFileNames: () => roots,
    getScriptVersion: (path) => String(changed.get(path)?.version ?? 0),
    getScriptSnapshot(path) {
      const text = changed.get(path)?.source ?? ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => process.cwd(),
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: (path) => ts.sys.fileExists(path),
    readFile: (path) => ts.sys.readFile(path),
    readDirectory: (...directory) => ts.sys.readDirectory(...directory),
    directoryExists: (path) => ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
  });
  const set = (path: string, source: string) =>
    changed.set(path, { version: (changed.get(path)?.version ?? 0) + 1, source });

  return {
    accepts(path, source) {
      const file = resolve(path);
      set(file, source);
      try {
        return service.getSyntacticDiagnostics(file).length === 0 && service.getSemanticDiagnostics(file).length === 0;
      } finally {
        set(file, readFileSync(file, 'utf8'));
      }
    },
  };
}
