import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { constants } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { compression, defineAlgorithm } from 'vite-plugin-compression2';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Leaves out Monaco's imports of its style sheets, because graphiql/style.css has a copy of each. */
function onceMonacoStyles(): Plugin {
  return {
    name: 'once-monaco-styles',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source.endsWith('.css') && importer?.includes('/monaco-editor/esm/') ? '\0no-styles' : null,
    load: (id) => (id === '\0no-styles' ? '' : null),
  };
}

/**
 * Writes the fonts of graphiql/style.css, which are `data:` addresses there, to files. `font-src` then needs no
 * `data:`, and the browser loads only the alphabets that the page shows.
 */
function fontsAsFiles(): Plugin {
  const inlineFont = /url\(["']?data:font\/(\w+);base64,([A-Za-z0-9+/=]+)["']?\)/g;
  return {
    name: 'fonts-as-files',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.css')) continue;
        file.source = Buffer.from(file.source)
          .toString()
          .replace(inlineFont, (_match, extension: string, base64: string) => {
            const source = Buffer.from(base64, 'base64');
            const name = `font-${createHash('sha256').update(source).digest('base64url').slice(0, 8)}.${extension}`;
            this.emitFile({ type: 'asset', fileName: `assets/${name}`, source });
            return `url(${name})`;
          });
      }
    },
  };
}

/** Blocks rendering until the console's script has set the theme, so that no page flashes in another one. */
function consolePaintsOnce(): Plugin {
  return {
    name: 'console-paints-once',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { path }) =>
        path.startsWith('/console/') ? html.replace('<script type="module"', '$& blocking="render"') : html,
    },
  };
}

/** Writes compressed copies of the text files under /assets. */
function compressedAssets() {
  return compression({
    include: /assets\/.*\.(js|css|svg)$/,
    algorithms: [
      defineAlgorithm('brotliCompress', { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
      defineAlgorithm('gzip', { level: 9 }),
    ],
    logLevel: 'silent',
  });
}

/** Builds the pages, dist/web/<page>/*.html, and their shared files under /assets, named by a digest of the content. */
export default defineConfig({
  root: here('.'),
  // Relative, because the server writes the place of `assets` into each page.
  base: './',
  publicDir: false,
  clearScreen: false,
  logLevel: 'warn',
  resolve: {
    alias: [
      { find: /^gatehouse-client$/, replacement: here('../packages/client/src/index.ts') },
      { find: /^gatehouse-client\/urql$/, replacement: here('../packages/client/src/urql.ts') },
    ],
  },
  plugins: [onceMonacoStyles(), fontsAsFiles(), consolePaintsOnce(), compressedAssets()],
  worker: { format: 'es' },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    sourcemap: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
    rolldownOptions: {
      input: ['console/index', 'playground/index', 'docs/index', 'docs/redirect', 'authorize/index'].map((page) =>
        here(`${page}.html`),
      ),
      // React's hundreds of "use client" notes do not matter in a page without server components.
      onLog: (level, log, show) => log.code === 'MODULE_LEVEL_DIRECTIVE' || show(level, log),
    },
    license: { fileName: 'licenses.md' },
  },
});
