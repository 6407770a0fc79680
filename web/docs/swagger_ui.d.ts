/** The used part of Swagger UI, which has no types of its own. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  type ShowDefinitions = (definitions: unknown) => unknown;
  export type Plugin = () => {
    readonly statePlugins: {
      readonly auth: {
        readonly wrapActions: { readonly showDefinitions: (original: ShowDefinitions) => ShowDefinitions };
      };
    };
  };
  interface SwaggerUIOptions {
    readonly dom_id: string;
    readonly url: string;
    readonly validatorUrl: string | null;
    readonly persistAuthorization: boolean;
    readonly oauth2RedirectUrl: string;
    readonly deepLinking: boolean;
    readonly docExpansion: 'list' | 'full' | 'none';
    readonly defaultModelsExpandDepth: number;
    readonly plugins: readonly Plugin[];
  }
  export default function SwaggerUI(options: SwaggerUIOptions): {
    initOAuth(options: { readonly usePkceWithAuthorizationCodeGrant: boolean }): void;
  };
}
