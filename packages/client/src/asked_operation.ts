/** The facts that decide whether an operation may be sent twice. */
export interface AskedOperation {
  readonly isMutation: boolean;
  /** The number of its root fields; infinite if some are in fragments. */
  readonly fields: number;
}

/** The part of a parsed document that all GraphQL clients share. */
export interface DocumentLike {
  readonly definitions: readonly object[];
}

interface DefinitionLike {
  readonly kind: 'OperationDefinition';
  readonly operation: string;
  readonly selectionSet: { readonly selections: readonly { readonly kind: string }[] };
}

const MANY = Number.POSITIVE_INFINITY;

/** Returns the operation of a document. Clients send documents with one operation. */
export function operationOf({ definitions }: DocumentLike): AskedOperation | undefined {
  const operation = definitions.find(
    (one): one is DefinitionLike => 'kind' in one && one.kind === 'OperationDefinition',
  );
  if (!operation) return undefined;
  const { selections } = operation.selectionSet;
  const areFields = selections.every(({ kind }) => kind === 'Field');
  return { isMutation: operation.operation === 'mutation', fields: areFields ? selections.length : MANY };
}

const STRINGS_AND_COMMENTS = /"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#.*/g;
const TOKENS = /\.\.\.|[{}():@]|\w+/g;

/**
 * Returns the operation in the JSON text of a GraphQL request. Undefined without an operation, and with several,
 * because it is then unknown which one ran.
 */
export function operationOfBody(body: string): AskedOperation | undefined {
  const operations = operationsOf(queryOf(body));
  return operations.length === 1 ? operations[0] : undefined;
}

function queryOf(body: string): string {
  try {
    const { query } = JSON.parse(body) as { query?: unknown };
    return typeof query === 'string' ? query : '';
  } catch {
    return '';
  }
}

function operationsOf(text: string): AskedOperation[] {
  const tokens = text.replace(STRINGS_AND_COMMENTS, ' ').match(TOKENS) ?? [];
  const found: AskedOperation[] = [];
  let keyword: string | undefined;
  let fields = 0;
  let depth = 0;
  let parentheses = 0;
  for (const [at, token] of tokens.entries()) {
    if (token === '(') parentheses++;
    else if (token === ')') parentheses--;
    else if (parentheses > 0) continue;
    else if (token === '{') depth++;
    else if (token === '}') {
      depth--;
      if (depth > 0) continue;
      if (keyword !== 'fragment') found.push({ isMutation: keyword === 'mutation', fields });
      keyword = undefined;
      fields = 0;
    } else if (depth === 0) keyword ??= token;
    else if (depth > 1) continue;
    else if (token === '...') fields = MANY;
    // Counts a name that is neither an alias nor a directive.
    else if (token !== ':' && token !== '@' && tokens[at + 1] !== ':' && tokens[at - 1] !== '@') fields++;
  }
  return found;
}
