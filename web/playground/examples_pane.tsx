import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { LibraryBig } from 'lucide-react';
import type { Example } from './examples/example.ts';
import { describeParts } from './examples/parts.ts';

const PARTS = describeParts(new Date());

/** Returns the description, in lines that fit a narrow editor, and the operation of an example. */
export function textOf({ about, document }: Example): string {
  return `${about.replace(/(.{1,40})(?: |$)/g, '# $1\n')}\n${document}`;
}

const UNTOUCHED = new Set(['', ...PARTS.flatMap(({ examples }) => examples.map(textOf))]);

/** The pane of examples for every field of the schema. */
export const EXAMPLES: GraphiQLPlugin = {
  title: 'Examples',
  icon: () => <LibraryBig aria-hidden strokeWidth={1.5} />,
  content: ExamplesPane,
};

function ExamplesPane() {
  const open = useOpenExample();
  return (
    <section className="examples" aria-labelledby="examples-title">
      <h2 id="examples-title">Examples</h2>
      {PARTS.map(({ title, audience, examples }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <p>{audience}</p>
          <ul>
            {examples.map((example) => (
              <li key={example.title}>
                <button type="button" onClick={() => open(example)}>
                  {example.title}
                  <small>{example.about}</small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

/** Opens an example in a new tab, or in the current one if it has no text of the user. */
function useOpenExample(): (example: Example) => void {
  const { addTab, setOperationName, setVisiblePlugin } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const responseEditor = useGraphiQL((state) => state.responseEditor);
  return (example) => {
    if (UNTOUCHED.has(queryEditor?.getValue() ?? '')) responseEditor?.setValue('');
    else addTab();
    queryEditor?.setValue(textOf(example));
    // GraphiQL sets the name only a moment later, too late if the user runs the operation at once.
    setOperationName(/(?:query|mutation) (\w+)/.exec(example.document)![1]!);
    variableEditor?.setValue(example.variables ? JSON.stringify(example.variables, null, 2) : '');
    // On a narrow screen the pane covers the editor.
    if (window.matchMedia('(max-width: 640px)').matches) setVisiblePlugin(null);
    queryEditor?.focus();
  };
}
