/** Splits text into words while it is being expanded. */
import { isSpace } from '../white-space';

/** Collects words: plain text is split at white space, quoted text is not. */
export class WordList {
  private readonly words: string[] = [];
  private word = '';

  addText(text: string): void {
    for (const character of text) {
      if (!isSpace(character)) this.word += character;
      else if (this.word !== '') this.finish();
    }
  }

  addQuoted(text: string): void {
    this.word += text;
  }

  finish(): readonly string[] {
    if (this.word !== '') this.words.push(this.word);
    this.word = '';
    return this.words;
  }
}
