import { demonstrationContract } from '../contracts/demonstration-contract';

describe('the demonstration on the embedded registry and builder', () => demonstrationContract({}));
