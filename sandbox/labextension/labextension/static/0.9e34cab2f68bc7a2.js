"use strict";(self.rspackChunk_civiclab_bench=self.rspackChunk_civiclab_bench||[]).push([[0],{15(i,o,e){var r=e(16),a=e.n(r),t=e(17),n=(e.n(t))()(a());n.push([i.id,`/* The Submit button and the results panel. Colours are the theme's own; words and signs tell the same. */

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

.civiclab-mastered {
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
`,""]),e.d(o,{},{A:n})},17(i){i.exports=function(i){var o=[];return o.toString=function(){return this.map(function(o){var e="",r=void 0!==o[5];return o[4]&&(e+="@supports (".concat(o[4],") {")),o[2]&&(e+="@media ".concat(o[2]," {")),r&&(e+="@layer".concat(o[5].length>0?" ".concat(o[5]):""," {")),e+=i(o),r&&(e+="}"),o[2]&&(e+="}"),o[4]&&(e+="}"),e}).join("")},o.i=function(i,e,r,a,t){"string"==typeof i&&(i=[[null,i,void 0]]);var n={};if(r)for(var c=0;c<this.length;c++){var l=this[c][0];null!=l&&(n[l]=!0)}for(var s=0;s<i.length;s++){var p=[].concat(i[s]);r&&n[p[0]]||(void 0!==t&&(void 0===p[5]||(p[1]="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {").concat(p[1],"}")),p[5]=t),e&&(p[2]&&(p[1]="@media ".concat(p[2]," {").concat(p[1],"}")),p[2]=e),a&&(p[4]?(p[1]="@supports (".concat(p[4],") {").concat(p[1],"}"),p[4]=a):p[4]="".concat(a)),o.push(p))}},o}},16(i){i.exports=function(i){return i[1]}},9(i){var o=[];function e(i){for(var e=-1,r=0;r<o.length;r++)if(o[r].identifier===i){e=r;break}return e}function r(i,r){for(var a={},t=[],n=0;n<i.length;n++){var c=i[n],l=r.base?c[0]+r.base:c[0],s=a[l]||0,p="".concat(l," ").concat(s);a[l]=s+1;var d=e(p),u={css:c[1],media:c[2],sourceMap:c[3],supports:c[4],layer:c[5]};if(-1!==d)o[d].references++,o[d].updater(u);else{var v=function(i,o){var e=o.domAPI(o);return e.update(i),function(o){o?(o.css!==i.css||o.media!==i.media||o.sourceMap!==i.sourceMap||o.supports!==i.supports||o.layer!==i.layer)&&e.update(i=o):e.remove()}}(u,r);r.byIndex=n,o.splice(n,0,{identifier:p,updater:v,references:1})}t.push(p)}return t}i.exports=function(i,a){var t=r(i=i||[],a=a||{});return function(i){i=i||[];for(var n=0;n<t.length;n++){var c=e(t[n]);o[c].references--}for(var l=r(i,a),s=0;s<t.length;s++){var p=e(t[s]);0===o[p].references&&(o[p].updater(),o.splice(p,1))}t=l}}},11(i){var o={};i.exports=function(i,e){var r=function(i){if(void 0===o[i]){var e=document.querySelector(i);if(window.HTMLIFrameElement&&e instanceof window.HTMLIFrameElement)try{e=e.contentDocument.head}catch(i){e=null}o[i]=e}return o[i]}(i);if(!r)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");r.appendChild(e)}},13(i){i.exports=function(i){var o=document.createElement("style");return i.setAttributes(o,i.attributes),i.insert(o,i.options),o}},12(i,o,e){i.exports=function(i){var o=e.nc;o&&i.setAttribute("nonce",o)}},10(i){i.exports=function(i){if("u"<typeof document)return{update:function(){},remove:function(){}};var o=i.insertStyleElement(i);return{update:function(e){var r,a,t;r="",e.supports&&(r+="@supports (".concat(e.supports,") {")),e.media&&(r+="@media ".concat(e.media," {")),(a=void 0!==e.layer)&&(r+="@layer".concat(e.layer.length>0?" ".concat(e.layer):""," {")),r+=e.css,a&&(r+="}"),e.media&&(r+="}"),e.supports&&(r+="}"),(t=e.sourceMap)&&"u">typeof btoa&&(r+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(t))))," */")),i.styleTagTransform(r,o,i.options)},remove:function(){var i;null===(i=o).parentNode||i.parentNode.removeChild(i)}}}},14(i){i.exports=function(i,o){if(o.styleSheet)o.styleSheet.cssText=i;else{for(;o.firstChild;)o.removeChild(o.firstChild);o.appendChild(document.createTextNode(i))}}},8(i,o,e){var r=e(9),a=e.n(r),t=e(10),n=e.n(t),c=e(11),l=e.n(c),s=e(12),p=e.n(s),d=e(13),u=e.n(d),v=e(14),b=e.n(v),f=e(15),h={};h.styleTagTransform=b(),h.setAttributes=p(),h.insert=l().bind(null,"head"),h.domAPI=n(),h.insertStyleElement=u(),a()(f.A,h),f.A&&f.A.locals&&f.A.locals}}]);