import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { useCallback, useState, type ComponentProps } from 'react';
import { createRoot } from 'react-dom/client';
import { AccountBar } from './AccountBar';
import * as firstSteps from './first-steps';
import { Session, type GraphQLRequest } from './session';
import './style.css';
import { runTyped } from './typed';

type Fetcher = ComponentProps<typeof GraphiQL>['fetcher'];

const session = new Session();

/** GraphiQL's default name; an answer to it without `__schema` means that there will be no schema. */
const INTROSPECTION = 'IntrospectionQuery';

function App() {
  const [noSchema, setNoSchema] = useState('');
  const [variables, setVariables] = useState<string>();

  // Stable, or GraphiQL would introspect on every render.
  const fetcher: Fetcher = useCallback(async (request, options) => {
    const introspects = request.operationName === INTROSPECTION;
    try {
      const answer = await runTyped(session, request as GraphQLRequest, options?.headers ?? {});
      const next = firstSteps.nextVariables(request.operationName, request.variables, answer);
      if (next) setVariables(next);
      if (introspects) setNoSchema(answer.data?.__schema ? '' : (answer.errors?.[0]?.message ?? 'it sent none'));
      return answer;
    } catch (error) {
      if (introspects) setNoSchema((error as Error).message);
      throw error;
    }
  }, []);

  return (
    <>
      <AccountBar session={session} />
      {noSchema && (
        <p role="status" className="notice">
          The server does not show its schema, so completion and documentation are off; queries still run. Its answer: “
          {noSchema}”
        </p>
      )}
      <main>
        {/* Variables may hold passwords and one-time tokens: what GraphiQL keeps goes when the tab is closed. */}
        <GraphiQL
          fetcher={fetcher}
          storage={sessionStorage}
          showPersistHeadersSettings={false}
          defaultTabs={[{ query: firstSteps.query }]}
          defaultEditorToolsVisibility="variables"
          {...(variables && { variables })}
          defaultQuery={'# Ctrl-Space completes, Ctrl-Enter runs.\n'}
        >
          <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

void session.renew();
createRoot(document.getElementById('root')!).render(<App />);
