/** The types of the part of `asl-validator` 4 that is used, because the package has none. */
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
