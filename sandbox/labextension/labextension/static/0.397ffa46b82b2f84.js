"use strict";(self.rspackChunk_civiclab_bench=self.rspackChunk_civiclab_bench||[]).push([[0],{15(i,e,o){var r=o(16),a=o.n(r),t=o(17),n=(o.n(t))()(a());n.push([i.id,`/* The Submit button and the results panel. Colours are the theme's own; words and signs tell the same. */

.civiclab-submit-item {
  display: flex;
  align-items: center;
  padding: 0 8px 0 4px;
}

.civiclab-submit,
.civiclab-action {
  /* White on this blue is 4.6 : 1 in both themes. */
  background: var(--jp-accept-color-normal, #1976d2);
  border: 1px solid transparent;
  border-radius: 3px;
  color: #fff;
  cursor: pointer;
  font: 600 var(--jp-ui-font-size1) / 1.2 var(--jp-ui-font-family);
  padding: 3px 14px;
  white-space: nowrap;
}

.civiclab-submit:hover,
.civiclab-action:hover {
  background: var(--jp-accept-color-hover, #1565c0);
}

.civiclab-submit[aria-disabled='true'] {
  background: var(--jp-layout-color2);
  border-color: var(--jp-border-color0);
  color: var(--jp-ui-font-color1);
  cursor: progress;
}

.civiclab-submit:focus-visible,
.civiclab-action:focus-visible,
.civiclab-back:focus-visible,
.civiclab-link:focus-visible {
  outline: 2px solid var(--jp-ui-font-color0);
  outline-offset: 2px;
}

.civiclab-panel {
  background: var(--jp-layout-color1);
  box-sizing: border-box;
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size2);
  line-height: 1.55;
  overflow-wrap: anywhere;
  overflow-y: auto;
  padding: 16px 18px 24px;
}

/* The sidebar's own minimum is too narrow for sentences; its rule has an id in it, so this one has, too. */
#jp-right-stack > .civiclab-panel {
  min-width: 320px;
}

/* Korean breaks between words, not inside them. */
.civiclab-panel:lang(ko) {
  overflow-wrap: break-word;
  word-break: keep-all;
}

.civiclab-panel p,
.civiclab-panel ul {
  margin: 0;
  padding: 0;
}

.civiclab-heading {
  color: var(--jp-ui-font-color0);
  font-size: var(--jp-ui-font-size3);
  font-weight: 700;
  line-height: 1.3;
  margin: 0 0 2px;
  outline: none;
}

.civiclab-attempt,
.civiclab-note {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size1);
}

.civiclab-panel .civiclab-summary {
  color: var(--jp-ui-font-color0);
  margin-top: 12px;
}

.civiclab-score-text {
  color: var(--jp-ui-font-color0);
  font-size: 24px;
  font-variant-numeric: tabular-nums;
  font-weight: 700;
  line-height: 1.3;
}

.civiclab-score {
  margin-top: 10px;
}

.civiclab-bar {
  background: var(--jp-layout-color3);
  border-radius: 4px;
  height: 8px;
  margin: 6px 0 8px;
  overflow: hidden;
}

.civiclab-bar-filled {
  background: var(--jp-success-color0);
  height: 100%;
}

.civiclab-summary[data-mastered='true'] {
  font-weight: 700;
}

.civiclab-section {
  border-top: 1px solid var(--jp-border-color2);
  color: var(--jp-ui-font-color0);
  font-size: var(--jp-ui-font-size2);
  font-weight: 700;
  margin: 18px 0 4px;
  padding-top: 14px;
}

.civiclab-list {
  list-style: none;
}

.civiclab-item {
  display: grid;
  gap: 10px;
  grid-template-columns: 24px 1fr;
  padding: 10px 0;
}

.civiclab-item + .civiclab-item {
  border-top: 1px solid var(--jp-border-color2);
}

.civiclab-sign {
  align-items: center;
  border: 2px solid var(--jp-layout-color4);
  border-radius: 50%;
  box-sizing: border-box;
  color: var(--jp-ui-font-color0);
  display: flex;
  font-size: 13px;
  font-weight: 700;
  height: 24px;
  justify-content: center;
  line-height: 1;
  width: 24px;
}

.civiclab-item[data-tone='good'] .civiclab-sign {
  border-color: var(--jp-success-color0);
}

.civiclab-item[data-tone='again'] .civiclab-sign {
  border-color: var(--jp-warn-color0);
}

.civiclab-item[data-tone='untried'] .civiclab-sign {
  border-style: dashed;
}

.civiclab-item[data-tone='ours'] .civiclab-sign {
  border-color: var(--jp-info-color0);
}

.civiclab-item-head {
  display: flex;
  gap: 10px;
  justify-content: space-between;
}

.civiclab-outcome {
  color: var(--jp-ui-font-color0);
  font-weight: 700;
}

.civiclab-worth {
  color: var(--jp-ui-font-color2);
  flex: none;
  font-variant-numeric: tabular-nums;
}

.civiclab-panel .civiclab-message {
  border-left: 3px solid var(--jp-border-color1);
  margin: 6px 0;
  padding-left: 10px;
  white-space: pre-line;
}

.civiclab-item[data-tone='again'] .civiclab-message {
  border-left-color: var(--jp-warn-color0);
}

.civiclab-panel .civiclab-link {
  color: var(--jp-content-link-color);
  text-decoration: underline;
  text-underline-offset: 2px;
}

.civiclab-panel .civiclab-page {
  border-top: 1px solid var(--jp-border-color2);
  margin-top: 14px;
  padding-top: 14px;
}

.civiclab-action,
.civiclab-back {
  margin-top: 14px;
  padding: 6px 16px;
}

.civiclab-back {
  background: transparent;
  border: 1px solid var(--jp-layout-color4);
  border-radius: 3px;
  color: var(--jp-ui-font-color1);
  cursor: pointer;
  display: block;
  font: inherit;
  font-size: var(--jp-ui-font-size1);
}

.civiclab-back:hover {
  background: var(--jp-layout-color2);
}

.civiclab-working {
  align-items: center;
  display: flex;
  gap: 10px;
}

.civiclab-panel .civiclab-working {
  margin-top: 12px;
}

.civiclab-spinner {
  animation: civiclab-turn 0.9s linear infinite;
  border: 2px solid var(--jp-border-color1);
  border-radius: 50%;
  border-top-color: var(--jp-brand-color1);
  box-sizing: border-box;
  flex: none;
  height: 16px;
  width: 16px;
}

@keyframes civiclab-turn {
  to {
    transform: rotate(1turn);
  }
}

@media (prefers-reduced-motion: reduce) {
  .civiclab-spinner {
    animation: none;
  }
}

/* Read by a screen reader, seen by nobody. */
.civiclab-unseen {
  clip-path: inset(50%);
  height: 1px;
  overflow: hidden;
  position: absolute;
  white-space: nowrap;
  width: 1px;
}
`,""]),o.d(e,{},{A:n})},17(i){i.exports=function(i){var e=[];return e.toString=function(){return this.map(function(e){var o="",r=void 0!==e[5];return e[4]&&(o+="@supports (".concat(e[4],") {")),e[2]&&(o+="@media ".concat(e[2]," {")),r&&(o+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),o+=i(e),r&&(o+="}"),e[2]&&(o+="}"),e[4]&&(o+="}"),o}).join("")},e.i=function(i,o,r,a,t){"string"==typeof i&&(i=[[null,i,void 0]]);var n={};if(r)for(var c=0;c<this.length;c++){var l=this[c][0];null!=l&&(n[l]=!0)}for(var s=0;s<i.length;s++){var p=[].concat(i[s]);r&&n[p[0]]||(void 0!==t&&(void 0===p[5]||(p[1]="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {").concat(p[1],"}")),p[5]=t),o&&(p[2]&&(p[1]="@media ".concat(p[2]," {").concat(p[1],"}")),p[2]=o),a&&(p[4]?(p[1]="@supports (".concat(p[4],") {").concat(p[1],"}"),p[4]=a):p[4]="".concat(a)),e.push(p))}},e}},16(i){i.exports=function(i){return i[1]}},9(i){var e=[];function o(i){for(var o=-1,r=0;r<e.length;r++)if(e[r].identifier===i){o=r;break}return o}function r(i,r){for(var a={},t=[],n=0;n<i.length;n++){var c=i[n],l=r.base?c[0]+r.base:c[0],s=a[l]||0,p="".concat(l," ").concat(s);a[l]=s+1;var d=o(p),u={css:c[1],media:c[2],sourceMap:c[3],supports:c[4],layer:c[5]};if(-1!==d)e[d].references++,e[d].updater(u);else{var v=function(i,e){var o=e.domAPI(e);return o.update(i),function(e){e?(e.css!==i.css||e.media!==i.media||e.sourceMap!==i.sourceMap||e.supports!==i.supports||e.layer!==i.layer)&&o.update(i=e):o.remove()}}(u,r);r.byIndex=n,e.splice(n,0,{identifier:p,updater:v,references:1})}t.push(p)}return t}i.exports=function(i,a){var t=r(i=i||[],a=a||{});return function(i){i=i||[];for(var n=0;n<t.length;n++){var c=o(t[n]);e[c].references--}for(var l=r(i,a),s=0;s<t.length;s++){var p=o(t[s]);0===e[p].references&&(e[p].updater(),e.splice(p,1))}t=l}}},11(i){var e={};i.exports=function(i,o){var r=function(i){if(void 0===e[i]){var o=document.querySelector(i);if(window.HTMLIFrameElement&&o instanceof window.HTMLIFrameElement)try{o=o.contentDocument.head}catch(i){o=null}e[i]=o}return e[i]}(i);if(!r)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");r.appendChild(o)}},13(i){i.exports=function(i){var e=document.createElement("style");return i.setAttributes(e,i.attributes),i.insert(e,i.options),e}},12(i,e,o){i.exports=function(i){var e=o.nc;e&&i.setAttribute("nonce",e)}},10(i){i.exports=function(i){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=i.insertStyleElement(i);return{update:function(o){var r,a,t;r="",o.supports&&(r+="@supports (".concat(o.supports,") {")),o.media&&(r+="@media ".concat(o.media," {")),(a=void 0!==o.layer)&&(r+="@layer".concat(o.layer.length>0?" ".concat(o.layer):""," {")),r+=o.css,a&&(r+="}"),o.media&&(r+="}"),o.supports&&(r+="}"),(t=o.sourceMap)&&"u">typeof btoa&&(r+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(t))))," */")),i.styleTagTransform(r,e,i.options)},remove:function(){var i;null===(i=e).parentNode||i.parentNode.removeChild(i)}}}},14(i){i.exports=function(i,e){if(e.styleSheet)e.styleSheet.cssText=i;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(i))}}},8(i,e,o){var r=o(9),a=o.n(r),t=o(10),n=o.n(t),c=o(11),l=o.n(c),s=o(12),p=o.n(s),d=o(13),u=o.n(d),v=o(14),b=o.n(v),f=o(15),m={};m.styleTagTransform=b(),m.setAttributes=p(),m.insert=l().bind(null,"head"),m.domAPI=n(),m.insertStyleElement=u(),a()(f.A,m),f.A&&f.A.locals&&f.A.locals}}]);