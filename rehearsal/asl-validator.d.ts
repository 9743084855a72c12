/** The part of `asl-validator` 4 that is used; the package has no types. */
declare module 'asl-validator' {
  interface DefinitionError {
    readonly 'Error code': string;
    readonly Message: string;
  }

  function validate(
    definition: object,
    options: { readonly checkPaths: boolean; readonly checkArn: boolean },
  ): { readonly isValid: boolean; readonly errors: readonly DefinitionError[] };

  export = validate;
}
