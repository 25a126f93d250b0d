"""HDF5 files made by h5py 3.16 (HDF5 2.0): a grid of 8 x 8 people, which but for ``plain`` lies in another file.

``external``: its cells are those of a file of plain numbers, by a name of 200 characters that a test replaces; ``link``: a link
to ``/people`` in ``marked.nc``; ``virtual``: a data set put together from there; ``many``: that link among 60 other names, in
a heap.
"""

import base64
import zlib

#: The name in ``external``.
PLACEHOLDER = b"/" + b"x" * 199

_PACKED = {
    "external": (
        "c-rk*KX21O6u)!+nUc~}Ad(a$GO`gtgxJne;*v;dijod&!IDiAsdb{*mAcU}Y>a^T0F0Gb_y`Cg#K_1;U_c-QYVe)kIp?D^v;#=({g#(^@2}rI"
        "-zm?J8}-%2g_Q+Fq3bA#a!AA!uzxkqbNK_H80ZA(OO3B%CM&@DGWeJEHaezBwWktzoN_Xx1*C8m(J-s`D7_DS3FsRwuD50RAsxDmj-26W%bE4("
        "onywuXeqP>2RZ29LMG%#l0KJzUJ3b6l01cU=1S8v=23@^PT=4tgAvouqB7)>4it1$YgN15fWOFM&7P~?Tr=C<=6bu=tyNoQV0RttQp~PhT{98b"
        "B?UWPFP`@#4fT#P&|~>@+v|0V647cYadiFoX|kI-T93ciduQYY|5IO0=JeHvE643C<Nx#(ynj*NbNVU^`O$nX1+pD?;ClgI#F%-Q<)p{%n?>3)"
        "`s@xmsh_OiM`P<@{V>L{Z1qUL0rnSI9M890+Zx+F*V=aeBAzb9OZ<a)=Y)94-`ml6$Z$a3G5jPqZ&CapPoGhICkN~{{zh!3_m#Y5dS6IrPK@VN"
        "tw@Xtvm?fPDsB;@&-97Gj_EyOykP!_ahs~WBF5d?dJ78&g}AR2wzD~Q9IxjN$9^C7hVPdscP!86wG`_XoNohv$99rJ9iTrqnE?2-WXI37jI=JF"
        "V~r(sH!CP8C@3f>C@3f>C@3h*1BSU3|KpGOd`UZe4kFV8DlpUK(lwZClu%wr`9~m^=VF<_KZbDh%fypn+@Fvbtn)cq^hE-TYSG*d=Dqz$Qa({V"
        "_?-J=JPov8jO*RlJssfBlZ7uybS|0;YCfAgwwm1ygo-E}5#?d8_?(Q-gEXODe9o1Y_)M%{2<*9mD(6vUn&5f7j`HvW-Hy3xcFcCoggh>5VIH>S"
        "Tb|?3-A|scJ=k_!Zva!#L;6hujlugF3D1kAzL4kTr}g<b{|kEvJ^l"
    ),
    "link": (
        "c-rllPjAyO6u|8y4W@LkX&hQkJ#vBxDz0|b20E#05#hkCM8s?pTUxc5wBwHD8*CFFVE26qgb?DxAP@qr*v@n66a>>W!2$nzu>Ah`y}Ud-s$X~7"
        "50}cf%1A;8^3XCenE|9$oNN7a7%_}f7*8B6_m!>+@?}{6pjxzl`XmUX^=tthXU)_8mj97X(0nY%XE4|O^wufb?L=ud4wFJ(vJ1w=sFJOLi~U=@"
        "lFdg8_O8fGny%C-A`rQ84K-$NrY{Mp)H{x&RwVEwE(Y_3Oe<(D-$z9JTHR(Ciuo$+1^s;O^^KqxuJ?O`u+{7a!tXZtm6Ttvxe*}n^9(;-Fa2Co"
        "AL^ZFKnnSUy?z@bCzsaU-`7v?*Zq?1;q&y>^wRr^{hPjm{imPn;~)B}0{O{&ZVKIAvYk%EyoRw_VV)By?CT}@Eg|!7&_&m&80$Dnp4AUyT*#K>"
        "_8suQuHsD6D2bzSJV>HlevWv=i0A%=cvp>h-p}pGUMkM$d&PHp@4n<4Jv@?prDy7E{DsEK?lXO->^{-Vow8$TR->$;{3!b%)m_TAls#qYm_DHF"
        "jarYg2h!}6vPZ3c7aIqK`CcV4-yCy386?ATx&`k>zb{kIqe-f3Y1U1gZ`<i!%srzH(4U)1u~3Np8}@9nSS%Kc#bU8oEEbF9vT^d8++W}Pm*HMZ"
        "<HJP(My~j4Kfir6<-=rt+vuZuCMV1v@!@EPuOhS?jbHKjPVxfX&14Au0Aqc`+5"
    ),
    "virtual": (
        "c-rk*O>fgM7`BskGo>3FAleQgdgO#As1P@&YBO4?>!x)=+(tygR&7nIHj}uqW4Unz#1G)kg`a@Xg!l>j4G4kw&`RvQZX6Fb#sLKLBUO&`e)`QD"
        "Cwcm)R$Z9N%w-S*At;4rkc<&v`C@V|<ac4jFb-jSVTkjX%kpr37W}Jvt1Gt6v_}d=ocUBV=8?upM9nTQv+)khi!i=6l6qTC5RF}*k3Fy3+w$W6"
        "ym`#H7@di1!NCmlZ+<eG_Y{30e_V*>dx|`b2zO-|2KPvyqfHzha##udESiTrCPD>*Dvffh70%D`Sn;~5^+mhcsxLLyT9tCc4(+ahU7Fi9%ZoMw"
        "yOd-n>Lv0XPC&iK8IVLit>#h{BXfMVXdYfav70<dAFe0v>zxyFga53rhDY>OZ|=B#W&NGLg8NV8{qBgq%0hlDpYx$?+iwSha9+Tedx&!)iRaA}"
        ">lqS1gMQafR`O%;^HKdU#))jnSic7L(>%@~aD3P4yKBDF@qQs5k>Z(uAl@k{Ug}^wTK75j=`P1NdhI&HSNh~B!)LnBpT?i4%k@6eH(c)njm)X_"
        "jHwl<RpNHkddtKOYHe_RYVmD)hg#3MKWg1zYA>mEtFqL<(ncX)R|eNx?|a^0&F}Vu4Y)SqddYIn83dx1a^1rHtsQK;UP`J1^yfMkjPIWaw~_Kf"
        "({cKno_p25CmtoHB#gTy-o*?>J_$d9cE3bNa(-g}RIj(XU+zuocK{6y4Gj$q4Gj$q4GoQd7dZSPmU%EN_$A}VJcv4);WszaoGo4kUZaR|1mzx%"
        "zw3b)GX*ae5e+F*up!Zh_F0K9x%57>nT3Bg7*977#)x^aM!mI)Pyr~59ONQ+8$)6Rgg+5!Qkj#)O4RjGkXWd68kI(-;5}ZA^9n-U6??&6v6~ee"
        "^15I|dAUyD47}jT`iuPCcE|GvZD8%xtPX<35cNjV`msWvsC@4Kx;`=g4pG?Mc>"
    ),
    "many": (
        "c-rlq4^R}>9mn4u2c8IW2neXi`H!F=+&>Nu(L4Se9u|=R6{~50co!kULExOkOk=L2ZQ`Vfq_M4JOo!Niv6E?NH74UYBTi$QMCs7fwoZ*Rw5C%t"
        "X<CzN8%IaG``h<>?;f?9CKDs^{brcm?|0vO`}VVM_wL^QxZCcps!oib5l^%*nTU~?NpxJLF%}jzZf_;mk5&Gv21CM_VJ@f`FSTb|^yLs;{+=%5"
        "4Mc&JpOOg`Ie%$bt&k+W^ZF5}Aa#_NVszazt`2U0FILxM<F>~V6EtNo7@$QH$<QGx>MDd+D4#&AMBja!TEIjqYs(uORh<I+V%;KDH7k8}jWw(4"
        "S{f_MYkg|HTv{&{>eZF6^buOm7*(&cEiCkVBRwuZ>w!t=&;R1F(Rh6x$Kw899^TJ~M|Vi*_r4qONTB`G`je_|+Z5^u_o+HlQJ@9hCliUnMiSM("
        "h>0-oleUu()s6vtou8s8LT^p1yr0&e3j65`w}k?2y@8fcTUYR7?9UXnznGh_zsXViGg3a$<4?i!YPk0P$1h{l{%R$YE!jjLvKEqVBI%FZa6Cpb"
        "2obtQkFS+o7iP6AA9uAijZNzD(PK-eeLzkILWHFfb)0eI^dveWuNC}wJoFg7#5sjHuf|~iUSa(Ut7RK})xHK_U8RrqZ@NKmInWkv>kEc&cu&OR"
        "2y}D>Lwz0eY8ii3{CAk?`O|nuj~8Ve)KkXW<M@=D@cQMw7vhTNIK*X--J!)L&#nP2E_$xOtNy<|0Vww`&zn&0yhpF@@jjy!%k+4iP|xH2wYIs|"
        "<86oX9xn{uh{wAd+Vgl_TCsf|@AAr3wMx{OjlSt=5eRPR4F>yKLfyUL_Na>>Vchm$TVEJ&G|?wPebMR&ZwdsBQ8x*C^WFd(2)~e`>wQUyzM#0j"
        "&LD#GClMJkWXO;qLxv0)GGxe*Aw$LuW6*m$|7nxV;v}Uwsre};A?N5N#?6wEUAOdT`0RLWlRN|-k4YW^k8epH0+0R)$)nm|Q^B4tYcbYKm-KPt"
        "7@ela2ic{Dgpr#-bLYgQ+2F5-DR4vdGbKcqL+8RTBW|1|j}w>PkGVG^pWdg$E$VV~HadsW?T0Fw{8cJuwcHfd3FMBh!L7KLGs(+`p;Vk!DhW!N"
        "{o_mhctOIJ>PEE`S;Ee(xa7U6ClA7-8of_-^i1Xxae2CT=ke;sMjykWsNgQbgU_jie5h4catQe&JnjG5<ey;s5zp=QCqsq|88T$ZsA#IKCb0|u"
        "lx!sLt1^vzd#U<{t3`d2FrCDf{e3cNHfXEuU%wDfvcTP2r@r+$1@6dWM-s_NsMdMU*<`X7R;T^WF@sE^Wy`Y2Hbq-~_3ls(c?MQ@ZK=&Ac|==1"
        "nrO@?Y0%i7H_8jh%WAcG<SRc97Lpohp}X{iorIv;?$9C^$%oZ<fAcFhc`im<&GC=8Nd>q|8yw}t0oAr{+3h1A7~v>}!YfD~?Beu$J$I6qq1vjH"
        "_|=f%qPi~yR+BVX-MjeNX7T})o%{U*Ye_lL(xPn5k#%GM3Ot&0xP|--4s*pX?q5&xz|DR9M;*ig?UGFc8_7{<;oYnL2gu{#e(#O^1Gn(`k7F_o"
        "&I-%;(N7Y4Q>^1)Z&3Bq%|20dgN#MF4J2!N03@cfP=+j3>6aieIfjm@c$E6coPtvOY?H<^a7a2xOxU3#WGXvAkSt4P4M_H3LLXVltj{2)q11<K"
        "3d$jnsVH9qnTGOhkkc7S7z62yB*+X#5@aSy{UV!zvJ2!)lv_d0VkALkp?neKY?S)gvoCt7`g8vLzDv$$2t0O69s-X+$wT1rL&-zn@x0_A@OVM;"
        "5O@qp9s-a3l83<K70E;3aY*tIcnnJ(0*_ZE4}r()l83<Kxa1-57?nH(9w#IZfyYV7L*VhY<RS1FlRN|-??@g3kF%18z~gU{hrr{U<RS1lFL?+&"
        "KAMm`Dw=BQNL)5b{W)_aPgmLI75a+BcW`+=k@3X~{du$nrT#2_4$4XJG<`10ERge1>QCV3qpShB0A-7wE`V|q$U9K#&*^hf>bV6AQR+DZi%^b$"
        "%tLtwBpZ)<D#2oudWt{+%5so}D4RiAQFei}q1+16j#AG-aG-n<q!Z;)kVWj$0qJ5SK^8NTkS0;WNP=`Tk|0YNNsvnzNswiXB*>+VB*<lqBuJKb"
        "sV8{s82OI<X5SAl%hv~i2VO>!ht9(&c?djAl83+}LGloIm?aN^N2=r@@W_xn1Rk>_4}ph8@(_5;mplX>xf7BH%wNO~nD;+ObDAUcL!@PNEuF-8"
        "|DfqU`9c4SJbw}U4eR>NG$H(a=98Og#(Los)-5zGe%Y0?kI)H<jDPOiPIJjehE6|0Q}EZ#UicK9SopBv^3ya2yfrhhljhl<{=@U%rE?lta|)iL"
        "a}ouQ+V{{|gPs3q-$Q3P%8sP&rJ3)ik{{SlCmj}?Jhq=E&p-WC-vRnLer#6WK{}Q2*EO#lrgJQ@7h{glr1dRlMqZ~m=uc)I8=(^#+4pz7Mf28o"
        "oP72znw5Uxg&+Ku&H(sb51*hJ^rdT3{!Aw?65p(NhyH6o_M&4K=;Xn}gAEtyRLJ(j>6hrVPx$aR{kQ!2|LpFE`SSHa;9-?K1RhSwL*P*&c?dkp"
        "BoBdySMm^eR7oBJ55MFg@TiqM1RnL0hrpvr@(_5ekvs$*cS#-sk5<V;;1Q5K1Rm{@hrpwALh`8gS4DjvpxXB<AMIG77%^EWCgijYt){4qi@9qb"
        "Zbr9&yN=Pj&@JSybL^|=TDe<v?rwB#+;!nE<|#%ycZ<z!=sLJtVz~!hCwJY}_2?Ecx5(-ZpzGqUtv-luF?a2)_o7?ET}RIbblu!_M%vLW<!(`b"
        "2f9nR>l(Zd-7@YL4{bzuDR)bTJJDUnUH51gbrZapvSfJZp%g;8+Ilwz0|lY=q_8L0-P0NTMCac?NcWM=GZo`>wojY8ehKy@ow;^vYZ<y3+_m*A"
        "MK_bX_Q*1HXK>fi??HDacb(eT{_5^5?iLM|qnpKD*Kh^8v$<P5T8VBpcT2{q(6w;aea?sO9OgQ#WI4KXxob1mqC1bfcFRh1=X2L#twVPKcb(o<"
        "=;m;@sJ<TEJGkp=y%XJB?iTknpu3Q}C6PvS7jf6!--K=+zdEdgU%t-yS0ih9dr)Ebu$a!aF#gn&Vq`bT&h8NY(34`suiuH&2Oj%bE+c*sk0E4@"
        "WTI(grmcSlnz78Z56(n0j+u_3S!hmTrgJz8O%pSVre>o#nVGK0Vl?BKS=?WM<`ia@3>Ko9z)bg$70pC`Sy+c{=uYLXZPbo#5_j!m4s^}jb)0je"
        "o6KD&rbH^nY1}O`7o(fPU6-W<-Bj)tTixiUaks=<dadjKKj%$a#Q"
    ),
    "plain": (
        "c-rk)O>YuG7@k=^x>hPQ8i8KKo5#iy<86k(R!Arqwg+!?lU-Yqb|J7$yvY%79@Tj8=-rDy!5Cxw3H}J9F`DAe>^to2_5<;tiOiFbmzno--hFpA"
        "d7jj3+iR;EtB66@Q4-~lj45DzGrAV~J&+jW1mtT?>|?Gg!2UYKkK65b41-xuV-R^ZlYuNCg=IwDsN84r0jx_P-)T|1L(2<f-{o@P^aqDdIG=YH"
        "%!^Sr@Pz<5nBT%mupY$hh5l(VSbvV`Q%L8bG)?0Xb(rV`_WyFwh<yfaLLF(}Ku6VP#Wel(Rh}z6SFN#Qw9H1k)itY?rs4bD0>2dZYgKj(1b#`$"
        "PxMRFJxN2qXBFs?ddyb4hEZa+TS{EqKXIEpN?mLx-s|y_yx`}})nv|G4K@~?EBbHd3f@0a_oq2?m4W(LJ=c8QvD@=T{<?@Uj}X?RN4_^}Y-aTE"
        "8}z4fGEy9k?+5+E7)PqrXZCgQzryp3Jj=DMq1|<@Bj-2r=~BMLU&wb!%9lJnj`ShN3HiYBlic27_(7gMXZTJ|_}BOwvANw>@}Ap$A%Q!gFPK@8"
        "&@%TU^dnO@2|eKUgz{^8Oz2A<kI*~J><yv!s_iD0E(-a%GT6@k&~Zjxw?Fg_;Ms`hCF>n)<cVI&ee>_Po_B0JNvRJopZi<^>vYUd+-obb{rEjr"
        "&#G^;f`WpAf`WpAf`WpAg2Fs7o<`=uu;7=pvw4uXOrQdHT`%1LUZaHaI?6u={rSAuxP+pV1Mmuau$e_U-!|mGnhkRop(0Qfd8k3~HG-GWq@aRt"
        "NypX!r;t0dAK`fjoROmPWmKLfM15~(^?AN+$JjPHMyqN-eb==hvTb?R$noa(U!2449Xal(2drJ3ojVPdL-ZR-eZaA%#`)a;^?X>p$_fe!3Jc;D"
        "UFP2}jo=GW"
    ),
}


def hdf5_file(kind: str) -> bytes:
    """One of the files."""
    return zlib.decompress(base64.b85decode(_PACKED[kind]))
