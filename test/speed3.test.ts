import { test } from "vitest";
import { startRules } from "../src/models/grids/rule-run.js";
import { LightKey } from "../src/host/light-key.js";
const cpu=()=>process.cpuUsage().user/1000;
test("steady",()=>{
 const symbols=[..."-<>?BEX[]bo"];
    const rules:any = {
      adjacent: [
        { of: "<", right: ">", below: "[" },
        { of: ">", left: "<", below: "]" },
        { of: "[", right: "]", above: "<[", below: "[X" },
        { of: "]", left: "[", above: ">]", below: "]X" },
        { of: "B", below: "b" },
        { of: "b", above: "Bb", below: "bX" },
      ],
      areas: [
        { rows: [0, 1], symbols: "-" },
        { rows: [-1, -1], symbols: "X-" },
        { rows: [-1, -1], columns: [0, 2], symbols: "X" },
      ],
      counts: { E: [3, 5], "<": [2, 3], "?o": 7 },
    };
  const t=cpu(); const start=startRules(rules,symbols,40,10); console.log("start",cpu()-t);
  for(let i=0;i<6;i++){ const run=start.copy() as any; const k=LightKey.fromSeed(i); const r=k.integers(400,1<<24); const l=new Float32Array(11); const t=cpu();
   const N=400; const order=[Int32Array.from({length:N},(_,i)=>i),Int32Array.from({length:N},(_,i)=>(i%10)*40+Math.floor(i/10)),k.fold(1).permutation(N)][i%3];
   const f=(s:number)=> i<3?1:(s===0?50:1);
   for(const [n,c] of order.entries()){ l.fill(0); run.mask(c,l); let tot=0; for(let s=0;s<11;s++) if(l[s]===0) tot+=f(s); let u=r[n]/(1<<24)*tot,s=0; for(;;){ if(l[s]===0){ if(u<f(s))break; u-=f(s);} s++;} run.place(c,s);}
   console.log("run",i,(cpu()-t).toFixed(0), JSON.stringify((globalThis as any).stat??null)); (globalThis as any).stat=undefined }
},200000);
