import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { LibraryBig } from 'lucide-react';
import type { Example } from './examples/example.ts';
import { describeParts } from './examples/parts.ts';

const PARTS = describeParts(new Date());

/** The text that an example opens with: what it is about, in lines that a narrow editor shows whole; the operation. */
export function textOf({ about, document }: Example): string {
  return `${about.replace(/(.{1,40})(?: |$)/g, '# $1\n')}\n${document}`;
}

const UNTOUCHED = new Set(['', ...PARTS.flatMap(({ examples }) => examples.map(textOf))]);

/** Everything that the schema can be asked, to start from. */
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

/** Into a tab of its own, unless there is nothing in this one that somebody wrote. */
function useOpenExample(): (example: Example) => void {
  const { addTab, setOperationName, setVisiblePlugin } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const responseEditor = useGraphiQL((state) => state.responseEditor);
  return (example) => {
    if (UNTOUCHED.has(queryEditor?.getValue() ?? '')) responseEditor?.setValue('');
    else addTab();
    queryEditor?.setValue(textOf(example));
    // GraphiQL finds it out itself, a moment later: too late for whoever runs it at once.
    setOperationName(/(?:query|mutation) (\w+)/.exec(example.document)![1]!);
    variableEditor?.setValue(example.variables ? JSON.stringify(example.variables, null, 2) : '');
    // Where the pane hides the editor.
    if (window.matchMedia('(max-width: 640px)').matches) setVisiblePlugin(null);
    queryEditor?.focus();
  };
}
