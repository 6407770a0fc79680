/**
 * Makes <style> elements that scripts create work under a Content-Security-Policy without 'unsafe-inline'.
 *
 * Monaco, the dialogs' scroll lock and react-aria write rules into such elements, which `style-src 'self'` refuses. It
 * allows sheets made with `new CSSStyleSheet()`. Therefore `document.createElement('style')` returns an element with
 * the interface of a <style> (`textContent`, `sheet`, `remove()`), whose rules are in a sheet that its document or
 * shadow root adopts.
 */
class AdoptedStyle extends HTMLElement {
  readonly sheet = new CSSStyleSheet();
  #root: DocumentOrShadowRoot | undefined;

  connectedCallback(): void {
    this.hidden = true;
    this.sheet.replaceSync(super.textContent ?? '');
    this.#root = this.getRootNode() as Document | ShadowRoot;
    this.#root.adoptedStyleSheets.push(this.sheet);
  }

  disconnectedCallback(): void {
    if (!this.#root) return;
    this.#root.adoptedStyleSheets = this.#root.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
    this.#root = undefined;
  }

  #write(css: string | null): void {
    super.textContent = css;
    this.sheet.replaceSync(css ?? '');
  }

  override get textContent(): string {
    return super.textContent ?? '';
  }
  override set textContent(css: string | null) {
    this.#write(css);
  }
  override get innerText(): string {
    return this.textContent;
  }
  override set innerText(css: string) {
    this.#write(css);
  }
  override get innerHTML(): string {
    return this.textContent;
  }
  override set innerHTML(css: string) {
    this.#write(css);
  }
}

customElements.define('adopted-style', AdoptedStyle);

const createElement = document.createElement.bind(document);
document.createElement = (name: string, options?: ElementCreationOptions) =>
  createElement(name.toLowerCase() === 'style' ? 'adopted-style' : name, options);
